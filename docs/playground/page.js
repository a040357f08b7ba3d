// The page of the playground: sends what is typed to the worker, and shows the answers.
//
// All that is shown is text: this file sets textContent, and never HTML. The marks of the browser's
// performance timeline are for `python -m benchmarks.playground`.

const LIMIT = 10_000; // the same as MAX_CHARACTERS in playground.py; longer texts get no link
const PATIENCE = 10_000; // milliseconds that one question may take
const FIELDS = ["language", "selector", "labels", "language2", "selector2"];
const STOPPED = "This took more than 10 seconds, so it was stopped.";
const find = (id) => document.getElementById(id);

const RELATIONS = [...document.querySelectorAll("[data-relation]")].map(
  (row) => row.dataset.relation,
);

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

// What is typed makes a round of questions, of which the worker has one at a time: `busy`.
let worker, watch, busy;
let round = [];
let number = 0;
let isReady = false;

function start() {
  busy = null;
  isReady = false;
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = (message) => receive(message.data);
  worker.onerror = (error) => fail(error.message || "the worker could not be loaded");
}

// Ask about what is typed now. The questions of an earlier round that still wait are dropped.
function ask() {
  document.body.dataset.state = "busy";
  performance.mark("asked");
  const state = read();
  const source = [state.language, state.selector];
  const other = [state.language2, state.selector2];
  round = [
    { function: "explain", source, labels: state.labels },
    ...RELATIONS.map((relation) => ({ function: "relate", relation, one: source, other })),
    { function: "translate", source },
  ];
  next();
}

function next() {
  if (!worker || busy) return;
  // The tests of the page wait for "idle".
  document.body.dataset.state = round.length ? "busy" : "idle";
  if (!round.length) return;
  busy = { question: round.shift(), round };
  number += 1;
  worker.postMessage({ number, request: JSON.stringify(busy.question) });
  if (isReady) guard();
}

// A question that takes too long ends with its worker, and a new one goes on with the next.
function guard() {
  clearTimeout(watch);
  watch = setTimeout(() => {
    const { question, round: its } = busy;
    worker.terminate();
    start();
    if (question.function === "explain") {
      its.length = 0;
      find("answer").hidden = true;
      say(`${STOPPED} Try shorter texts.`, "error");
    } else {
      const stopped = { answer: "unknown", caption: STOPPED, witness: null, error: null, rows: [] };
      show(question, its, stopped, STOPPED);
    }
    next();
  }, PATIENCE);
}

function receive(data) {
  if (data.failed !== undefined) return fail(data.failed);
  if (data.ready) {
    isReady = true;
    performance.mark("ready");
    if (busy) guard();
    return undefined;
  }
  clearTimeout(watch);
  const { question, round: its } = busy;
  busy = null;
  show(question, its, JSON.parse(data.answer));
  return next();
}

function show(question, its, answer, problem) {
  if (question.function === "explain") {
    showExplained(answer);
    if (answer.selector_error) {
      // One question says what is wrong with the second selector; the others have no answer.
      its.splice(0, its.length, ...its.filter((each) => each.relation === RELATIONS[0]));
    }
  } else if (its !== round) {
    // Something else is typed meanwhile.
  } else if (question.function === "relate") {
    showRelated(question.relation, answer);
    if (answer.answer === null) {
      its.splice(0, its.length, ...its.filter((each) => each.function !== "relate"));
    }
  } else {
    showTranslated(answer, problem);
  }
}

function fail(problem) {
  worker?.terminate();
  worker = busy = null;
  round = [];
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
    const unanswered = "This page cannot answer for the selector.";
    const { selector_error: error } = answer;
    const wrong = error ? "The selector is not valid." : "The labels are not valid.";
    say(error && !error.is_wrong ? unanswered : wrong, "error");
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
  find("own-text").hidden = !answer.is_own_text;
  find("tree").textContent = answer.tree ?? "";
  // Hidden soon, unless the answers that replace these come.
  for (const part of [find("translations"), ...document.querySelectorAll("[data-relation] dd")]) {
    part.ariaBusy = "true";
  }
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

function showTranslated(answer, problem = "") {
  const list = find("translations");
  list.ariaBusy = "false";
  list.replaceChildren(...answer.rows.flatMap(translation));
  find("no-translations").textContent = problem;
  find("no-translations").hidden = !problem;
  performance.mark("translated");
}

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

function showRelated(relation, answer) {
  showError("selector2-error", answer.error);
  find("relations").hidden = answer.error !== null;
  find("no-relations").hidden = answer.error === null;
  find("no-relations").textContent = answer.error?.is_wrong
    ? "The second selector is not valid."
    : "This page cannot answer for the second selector.";
  if (answer.answer === null) return;
  const value = document.querySelector(`[data-relation="${relation}"] dd`);
  value.ariaBusy = "false";
  value.className = answer.answer;
  value.replaceChildren(element("b", answer.answer));
  if (answer.caption) value.append(` ${answer.caption}`);
  if (answer.witness) value.append(witness(answer.witness, answer.caption));
}

function witness(labels, caption) {
  const made = element("div", undefined, "witness");
  const use = element("button", "Use these labels");
  use.type = "button";
  use.addEventListener("click", () => {
    find("labels").value = labels;
    changed();
  });
  made.append(scrolled(labels.trimEnd(), caption), use);
  return made;
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
