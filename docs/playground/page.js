// The page of the playground: sends what is typed to the worker, and shows the answers.
//
// All that is shown is text: this file sets textContent, and never HTML. The marks of the browser's
// performance timeline are for `python -m benchmarks.playground`.

const LIMIT = 10_000; // the same as MAX_CHARACTERS in playground.py; longer texts get no link
const PATIENCE = 10_000; // milliseconds that one question may take
const FIELDS = ["language", "selector", "labels", "language2", "selector2"];
const find = (id) => document.getElementById(id);

// State

const read = () => Object.fromEntries(FIELDS.map((name) => [name, find(name).value]));

// Half of a surrogate pair has no place in a URL, and a long text makes no link.
const fitsLink = (state) =>
  Object.values(state).every((text) => text.length <= LIMIT && !/\p{Surrogate}/u.test(text));

// Put the state of a link into the page. Returns whether there was one.
function restore() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (!parts.has("selector")) return false;
  for (const name of ["language", "language2"]) {
    const value = parts.get(name) ?? "kubernetes";
    if (![...find(name).options].some((option) => option.value === value)) {
      say(`This link names a language that the page does not know: ${value}`, "error");
      find("answer").hidden = true;
      return true;
    }
  }
  for (const name of FIELDS) {
    find(name).value = parts.get(name) ?? (name.startsWith("language") ? "kubernetes" : "");
  }
  ask();
  return true;
}

let saving;
function save() {
  // Browsers refuse more than some changes of the URL a second.
  clearTimeout(saving);
  saving = setTimeout(() => {
    const state = read();
    const link = fitsLink(state) ? `#${new URLSearchParams(state)}` : " ";
    history.replaceState(null, "", link === " " ? location.pathname : link);
  }, 300);
}

// The worker

let worker, watch, number, busy, waiting;
let isReady = false;

function start() {
  busy = null;
  isReady = false;
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = (message) => receive(message.data);
  worker.onerror = (error) => fail(error.message || "the worker could not be loaded");
}

number = 0;

// Ask about what is typed now. While an answer is awaited, only the newest question waits.
function ask() {
  document.body.dataset.state = "busy";
  performance.mark("asked");
  const state = read();
  const source = [state.language, state.selector];
  const other = [state.language2, state.selector2];
  waiting = [
    { function: "explain", source, labels: state.labels },
    { function: "compare", one: source, other },
  ];
  next();
}

function next() {
  if (!worker || busy) return;
  // The tests of the page wait for "idle".
  document.body.dataset.state = waiting?.length ? "busy" : "idle";
  if (!waiting?.length) return;
  busy = waiting.shift();
  number += 1;
  worker.postMessage({ number, request: JSON.stringify(busy) });
  if (isReady) guard();
}

function guard() {
  clearTimeout(watch);
  watch = setTimeout(() => {
    worker.terminate();
    waiting = null;
    start();
    document.body.dataset.state = "idle";
    say("The answer took more than 10 seconds, so it was stopped. Try a shorter text.", "error");
    find("answer").hidden = true;
  }, PATIENCE);
}

function receive(data) {
  if (data.failed !== undefined) return fail(data.failed);
  if (data.ready) {
    isReady = true;
    performance.mark("ready");
    if (busy) guard();
    else if (!waiting) find("status").textContent ||= "Ready.";
    return undefined;
  }
  clearTimeout(watch);
  const asked = busy;
  busy = null;
  const answer = JSON.parse(data.answer);
  if (asked.function === "explain") showExplained(answer);
  else showCompared(answer);
  return next();
}

function fail(problem) {
  worker?.terminate();
  worker = busy = null;
  document.body.dataset.state = "failed";
  clearTimeout(watch);
  find("answer").hidden = true;
  const local = location.protocol === "file:" ? " Open it through a web server." : "";
  say(`The playground stopped: ${problem}.${local} Load the page again to restart it.`, "error");
}

// What is shown

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function say(text, kind) {
  const status = find("status");
  if (status.textContent !== text) status.textContent = text;
  status.className = kind ?? "";
}

function showError(id, error) {
  const box = find(id);
  find(id.replace("-error", "")).setAttribute("aria-invalid", String(error !== null));
  if (error === null) return box.replaceChildren();
  const message = element("div", undefined, "message");
  message.tabIndex = 0;
  message.setAttribute("role", "group");
  message.setAttribute("aria-label", "Error");
  for (const line of error.lines) {
    const row = element("div", undefined, line.wraps ? "" : "fixed");
    for (const [text, columns] of line.cells) {
      row.append(columns ? element("span", text, columns === 2 ? "wide" : "narrow") : text);
    }
    message.append(row);
  }
  box.replaceChildren(message);
  if (error.note) box.append(element("p", error.note));
  showCaret(message);
  return undefined;
}

// On a narrow screen the caret may be far to the right: scroll the message to it.
function showCaret(message) {
  const [, caret] = message.querySelectorAll(".fixed");
  const letter = message.offsetWidth && caret ? textWidth(caret) : 0;
  message.scrollLeft = Math.max(0, letter - message.clientWidth * 0.8);
}

function textWidth(line) {
  const range = document.createRange();
  range.selectNodeContents(line);
  return range.getBoundingClientRect().width;
}

function showExplained(answer) {
  showError("selector-error", answer.selector_error);
  showError("labels-error", answer.labels_error);
  find("labels-notes").replaceChildren(...answer.notes.map((note) => element("li", note)));
  if (answer.matches === null) {
    const what = answer.selector_error ? "The selector is not valid." : "The labels are not valid.";
    say(what, "error");
  } else if (answer.matches) {
    say("The selector matches the labels.", "yes");
  } else {
    say("The selector does not match the labels.", "no");
  }
  const hasSelector = answer.selector_error === null;
  find("answer").hidden = !hasSelector;
  find("why").replaceChildren(...answer.why.map(reason));
  find("why").previousElementSibling.hidden = !answer.why.length;
  find("canonical").textContent = hasSelector ? answer.canonical || "(empty text)" : "";
  find("tree").textContent = answer.tree ?? "";
  find("translations").replaceChildren(...answer.translations.flatMap(translation));
  performance.mark("answered");
}

function reason(row) {
  const item = element("li", undefined, row.truth ? "yes" : "no");
  item.style.setProperty("--depth", row.depth);
  item.append(element("b", row.truth ? "yes" : "no"), element("code", row.text));
  return item;
}

const TITLES = {
  kubernetes: "Kubernetes labels",
  fields: "Kubernetes fields",
  calico: "Calico",
  prometheus: "Prometheus",
  "label-selector": "LabelSelector object",
  "node-selector": "NodeSelector object",
};

function translation(row) {
  const value = element("dd");
  if (row.text === null) value.append(element("p", row.reason));
  else value.append(scrolled(row.text.trimEnd() || "(empty text)", TITLES[row.language]));
  return [element("dt", TITLES[row.language] ?? row.language), value];
}

function scrolled(text, title) {
  const box = element("pre", text);
  box.tabIndex = 0;
  box.setAttribute("aria-label", title);
  return box;
}

function showCompared(answer) {
  showError("selector2-error", answer.error);
  const rows = find("relations");
  rows.replaceChildren(...answer.rows.flatMap(relation));
  if (!answer.rows.length) rows.append(element("dd", "The second selector is not valid."));
  performance.mark("compared");
}

function relation(row) {
  const value = element("dd", undefined, row.answer);
  value.append(element("b", row.answer));
  if (row.caption) value.append(` ${row.caption}`);
  if (row.witness) {
    const use = element("button", "Use these labels");
    use.type = "button";
    use.addEventListener("click", () => {
      find("labels").value = row.witness;
      changed();
    });
    const witness = element("div", undefined, "witness");
    witness.append(scrolled(row.witness.trimEnd(), `Labels: ${row.question}`), use);
    value.append(witness);
  }
  return [element("dt", row.question), value];
}

// Events

function changed() {
  ask();
  save();
}

for (const name of FIELDS) find(name).addEventListener("input", changed);
window.addEventListener("hashchange", restore);
find("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment is the state
  find("selector").focus();
});
find("copy").addEventListener("click", async () => {
  const state = read();
  const said = find("copied");
  if (!fitsLink(state)) {
    said.textContent = "These texts are too long for a link, or not valid Unicode.";
    return;
  }
  const link = new URL(`#${new URLSearchParams(state)}`, location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    said.textContent = "Copied.";
  } catch {
    history.replaceState(null, "", link);
    said.textContent = "The link is in the address bar.";
  }
});

start();
if (!restore()) ask();
