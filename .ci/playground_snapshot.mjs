// Start Python with labelsel as the worker of the playground does, and save its memory.
//
// Usage: node .ci/playground_snapshot.mjs FOLDER FILE: the folder of the playground, and the file
// to write.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide/pyodide.mjs`));
// A seed for hashes, so that the same sources give the same memory.
const python = await loadPyodide({
  indexURL: `${folder}/pyodide/`,
  env: { PYTHONHASHSEED: "0" },
  _makeSnapshot: true,
});
python.FS.writeFile("/labelsel.zip", readFileSync(`${folder}/labelsel.zip`));
python.runPython(`
import sys
sys.path.insert(0, "/labelsel.zip")
import playground
playground.warm_up()
import gc
gc.collect()
`);
writeFileSync(file, python.makeMemorySnapshot());
process.exit(0);
