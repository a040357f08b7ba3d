// Runs labelsel in Pyodide, beside the page, so that typing never waits for an answer.
//
// The page sends {number, request}, and gets {number, answer}: both are JSON that playground.py
// reads and writes. {ready: true} comes first. {failed: text} says that nothing will come any more.
import { loadPyodide } from "./pyodide/pyodide.mjs";

async function get(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: status ${response.status}`);
  return response;
}

// The memory of a Python that has loaded labelsel (.ci/playground_snapshot.mjs).
async function memory() {
  const packed = (await get("snapshot.bin")).body;
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function start() {
  const archive = get("labelsel.zip").then((response) => response.arrayBuffer());
  const options = {
    indexURL: new URL("pyodide/", import.meta.url).href,
    stdin: () => null,
  };
  let python;
  try {
    python = await loadPyodide({ ...options, _loadSnapshot: memory() });
  } catch (error) {
    // A browser for which that memory does not fit: slower, and with the same answers.
    console.warn("The playground starts without its snapshot:", error.message);
    python = await loadPyodide(options);
  }
  python.FS.writeFile("/labelsel.zip", new Uint8Array(await archive));
  python.runPython(
    'import sys; "/labelsel.zip" in sys.path or sys.path.insert(0, "/labelsel.zip")',
  );
  return python.pyimport("playground").answer;
}

// Messages that come while Python starts wait for it.
const started = start();

self.onmessage = async (message) => {
  const { number, request } = message.data;
  try {
    const answer = await started;
    self.postMessage({ number, answer: answer(request) });
  } catch (error) {
    self.postMessage({ failed: String(error.message ?? error) });
  }
};

started.then(
  () => self.postMessage({ ready: true }),
  (error) => self.postMessage({ failed: String(error.message ?? error) }),
);
