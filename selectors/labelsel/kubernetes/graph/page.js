"use strict";
// The page draws nothing itself: Graphviz has laid out each view. This script moves, finds and
// filters. Text goes into the page as text only (textContent), and nothing is loaded.
(() => {
  const views = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage"), panel = byId("panel"), status = byId("status");
  const search = byId("search"), filter = byId("filter"), choice = byId("view");
  const pages = [...stage.querySelectorAll(".view")];
  let current = 0, chosen = null, hits = [], hit = -1, shown = new Set(), area = null;

  for (const [number, view] of views.entries()) {
    const page = pages[number];
    view.svg = page.querySelector("svg");
    view.elements = [...page.querySelectorAll(".box")];
    view.frames = [...page.querySelectorAll(".frame")];
    view.groups = [...new Set(view.boxes.map((box) => box.group))];
    view.lines = [...page.querySelectorAll(".arrow")];
    view.position = new Map(view.boxes.map((box, index) => [box.key, index]));
    view.elements.forEach((element, index) => {
      element.setAttribute("tabindex", "-1");
      element.setAttribute("role", "button");
      element.setAttribute("aria-label", describe(view.boxes[index]));
    });
  }
  document.documentElement.classList.add("live");

  function describe(box) {
    const rows = box.rows.map((row) => [row.text, row.path, row.problem].filter(Boolean).join(" "));
    return [`${box.kind} ${box.title}`.trim(), box.group && `in ${box.group}`, ...rows, box.overlap]
      .filter(Boolean).join(", ");
  }

  // Selectors of Kubernetes. What is not understood is an error, and then nothing is shown.
  const NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
  const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
  const KEY = new RegExp(`^(?:(${LABEL}(?:\\.${LABEL})*)/)?${NAME}$`);
  const VALUE = new RegExp(`^(?:${NAME})?$`);
  const strip = (text) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");

  function readKey(text, term) {
    const found = KEY.exec(text);
    if (!found || (found[1] || "").length > 253) {
      throw new Error(`"${term}" is not understood: "${text}" is not a label key`);
    }
    return text;
  }

  function readValue(text, term) {
    const value = strip(text);
    if (!VALUE.test(value)) {
      throw new Error(`"${term}" is not understood: "${value}" is not a label value`);
    }
    return value;
  }

  function readTerm(term) {
    const set = /^([^ \t\r\n!=()]+)[ \t\r\n]+(in|notin)[ \t\r\n]*\(([^()]*)\)$/.exec(term);
    if (set) {
      const key = readKey(set[1], term);
      const values = new Set(set[3].split(",").map((each) => readValue(each, term)));
      return set[2] === "in"
        ? (labels) => Object.hasOwn(labels, key) && values.has(labels[key])
        : (labels) => !(Object.hasOwn(labels, key) && values.has(labels[key]));
    }
    const equation = /^([^!=()]+)(==|=|!=)([^!=()]*)$/.exec(term);
    if (equation) {
      const key = readKey(strip(equation[1]), term), value = readValue(equation[3], term);
      return equation[2] === "!="
        ? (labels) => !(Object.hasOwn(labels, key) && labels[key] === value)
        : (labels) => Object.hasOwn(labels, key) && labels[key] === value;
    }
    if (term.startsWith("!")) {
      const key = readKey(strip(term.slice(1)), term);
      return (labels) => !Object.hasOwn(labels, key);
    }
    if (!term) throw new Error("there is no term before or after a comma");
    const key = readKey(term, term);
    return (labels) => Object.hasOwn(labels, key);
  }

  function readSelector(text) {
    const terms = [];
    let depth = 0, start = 0;
    for (let index = 0; index <= text.length; index += 1) {
      const letter = text[index];
      if (letter === "(") depth += 1;
      if (letter === ")") depth -= 1;
      if (index === text.length || (letter === "," && depth === 0)) {
        terms.push(readTerm(strip(text.slice(start, index))));
        start = index + 1;
      }
    }
    return (labels) => terms.every((term) => term(labels));
  }

  // What is shown
  function matching(number, accepts) {
    const view = views[number];
    return new Set(view.boxes.flatMap((box, index) => {
      const inner = view.overview && views[index + 1];
      const candidates = inner ? inner.boxes.filter((each) => each.group === box.title) : [box];
      return candidates.some(accepts) ? [index] : [];
    }));
  }

  function applyFilter() {
    const view = views[current], text = strip(filter.value);
    let matched = null, problem = "";
    if (text) {
      try {
        const accepts = readSelector(text);
        matched = matching(current, (box) => box.labels.some(accepts));
      } catch (error) {
        matched = new Set();
        problem = `Filter: ${error.message}. Nothing is shown.`;
      }
    }
    const near = new Set(matched || view.boxes.keys());
    for (const arrow of matched ? view.arrows : []) {
      const [source, target] = [view.position.get(arrow.source), view.position.get(arrow.target)];
      if (matched.has(source)) near.add(target);
      if (matched.has(target)) near.add(source);
    }
    shown = near;
    view.elements.forEach((element, index) => {
      element.classList.toggle("gone", !near.has(index));
      element.classList.toggle("faint", Boolean(matched) && near.has(index) && !matched.has(index));
    });
    view.frames.forEach((element, index) => {
      const empty = ![...near].some((each) => view.boxes[each].group === view.groups[index]);
      element.classList.toggle("gone", empty);
    });
    view.lines.forEach((element, index) => {
      const arrow = view.arrows[index];
      const ends = [view.position.get(arrow.source), view.position.get(arrow.target)];
      element.classList.toggle("gone", Boolean(matched) && !ends.some((end) => matched.has(end)));
    });
    filter.setAttribute("aria-invalid", String(Boolean(problem)));
    status.classList.toggle("error", Boolean(problem));
    const all = `${view.boxes.length} box${view.boxes.length === 1 ? "" : "es"}`;
    status.textContent = problem
      || (matched ? `Filter: ${matched.size} of ${all} match; what they are connected with is pale.`
        : all);
    if (chosen !== null && !shown.has(chosen)) choose(null);
  }

  function find(next) {
    const text = strip(search.value).toLowerCase(), view = views[current];
    view.elements.forEach((element) => element.classList.remove("lit"));
    if (!text) { hits = []; hit = -1; applyFilter(); return; }
    const found = matching(current, (box) => describe(box).toLowerCase().includes(text));
    hits = [...found].filter((index) => shown.has(index));
    hit = hits.length ? (next ? (hit + 1) % hits.length : -1) : -1;
    hits.forEach((index) => view.elements[index].classList.add("lit"));
    if (status.classList.contains("error")) return;
    status.textContent = hits.length
      ? `Search: ${hits.length} found; Enter goes to the next one.` : "Search: nothing found.";
    if (hit >= 0) { centre(hits[hit]); choose(hits[hit], true); }
  }

  // The panel. Labels come as they are, because the filter compares them; what is not printable is
  // shown as an escape, as all other texts have it already.
  const visible = (text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu,
    (letter) => `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}`);

  function make(tag, text, className) {
    const element = document.createElement(tag);
    element.textContent = visible(text);
    if (className) element.className = className;
    return element;
  }

  function list(title, items) {
    if (!items.length) return;
    const group = document.createElement("ul");
    for (const item of items) {
      const line = document.createElement("li");
      line.append(item);
      group.append(line);
    }
    panel.append(make("h3", title), group);
  }

  function goTo(index, text, className) {
    const button = make("button", text, className);
    button.type = "button";
    button.addEventListener("click", () => { centre(index); focusBox(index); choose(index); });
    return button;
  }

  function showProblems() {
    const view = views[current], items = [];
    const severalGroups = new Set(view.boxes.map((box) => box.group)).size > 1;
    view.boxes.forEach((box, index) => {
      const where = severalGroups ? `${box.group}: ` : "";
      const name = `${where}${box.kind} ${box.title}`.trim();
      for (const row of box.rows) {
        if (row.problem) {
          const what = view.overview ? row.text : `${row.text} ${row.problem}`;
          items.push(goTo(index, `${view.overview ? box.title : name}: ${what}`, "wrong"));
        }
      }
      if (box.overlap) items.push(goTo(index, `${name}: ${box.overlap}`, "overlap"));
    });
    panel.append(make("h2", items.length ? `Problems (${items.length})` : "No problems"));
    list("", items.slice(0, 200));
    if (items.length > 200) panel.append(make("p", `and ${items.length - 200} more`));
    panel.append(make("h3", "Keys"), make("p", "Tab to the picture. Arrow keys: the next box. "
      + "Enter: what it is connected with. Escape: back. /: search. + and -: zoom. 0: all of it."));
  }

  function showBox(index) {
    const view = views[current], box = view.boxes[index];
    panel.append(make("h2", `${box.kind} ${box.title}`.trim()));
    if (box.group) panel.append(make("p", `in ${box.group}`));
    if (box.overlap) panel.append(make("p", `⚠ ${box.overlap}`, "overlap"));
    const out = view.arrows.filter((arrow) => arrow.source === box.key);
    box.rows.forEach((row, number) => {
      const head = make("code", row.text, row.problem ? "wrong" : "");
      const targets = out.filter((arrow) => arrow.row === number).map((arrow) => {
        const target = view.position.get(arrow.target), other = view.boxes[target];
        return goTo(target, `${other.kind} ${other.title}`.trim());
      });
      list(row.path || (view.overview ? "" : "Selector"), [head]);
      if (row.problem && !view.overview) panel.append(make("p", `✗ ${row.problem}`, "wrong"));
      if (row.unknown) panel.append(make("p", "? the input has nothing of the kind it selects"));
      list("selects", targets);
    });
    list("Selected by", view.arrows.filter((arrow) => arrow.target === box.key).map((arrow) => {
      const source = view.position.get(arrow.source), other = view.boxes[source];
      return goTo(source, `${other.kind} ${other.title}: ${arrow.text}`);
    }));
    box.labels.slice(0, 20).forEach((labels, number, all) => {
      const lines = Object.entries(labels).map(([key, value]) => make("code", `${key}=${value}`));
      list(all.length > 1 ? `Labels ${number + 1}` : "Labels", lines);
    });
    list("Objects", box.details.map((line) => make("code", line)));
  }

  function choose(index, keepSearch) {
    const view = views[current];
    chosen = index;
    if (!keepSearch) view.elements.forEach((element) => element.classList.remove("lit"));
    view.elements.forEach((element) => element.setAttribute("aria-pressed", "false"));
    panel.replaceChildren();
    panel.scrollTop = 0;
    const key = index === null ? null : view.boxes[index].key;
    view.lines.forEach((element, number) => {
      const arrow = view.arrows[number];
      element.classList.toggle("lit", arrow.source === key || arrow.target === key);
    });
    if (index === null) { showProblems(); return; }
    view.elements[index].classList.add("lit");
    view.elements[index].setAttribute("aria-pressed", "true");
    showBox(index);
  }

  // Where the reader looks
  function look(next) {
    area = next;
    views[current].svg.setAttribute("viewBox", `${next.x} ${next.y} ${next.w} ${next.h}`);
  }

  function natural() {
    const svg = views[current].svg;
    return { width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
  }

  function fit(whole) {
    const { width, height } = natural(), W = stage.clientWidth || 1, H = stage.clientHeight || 1;
    let scale = Math.min(W / width, H / height, 1.4);
    // Smaller letters cannot be read: then the picture begins at its upper left corner.
    if (!whole) scale = Math.max(scale, 0.62);
    const w = W / scale, h = H / scale;
    look({ x: w > width ? -12 - (w - width) / 2 : -12, y: h > height ? -12 - (h - height) / 2 : -12,
      w, h });
  }

  function zoom(factor, x, y) {
    const W = stage.clientWidth || 1, H = stage.clientHeight || 1;
    const scale = Math.min(Math.max((W / area.w) * factor, 0.02), 4);
    const w = W / scale, h = H / scale;
    const rx = x === undefined ? 0.5 : x / W, ry = y === undefined ? 0.5 : y / H;
    look({ x: area.x + (area.w - w) * rx, y: area.y + (area.h - h) * ry, w, h });
  }

  function boxArea(index) {
    const element = views[current].elements[index], matrix = element.transform.baseVal[0].matrix;
    const card = element.querySelector(".card");
    return { x: matrix.e, y: matrix.f, w: card.width.baseVal.value, h: card.height.baseVal.value };
  }

  function centre(index, onlyIfHidden) {
    const box = boxArea(index);
    const inside = box.x >= area.x && box.y >= area.y && box.x + box.w <= area.x + area.w
      && box.y + box.h <= area.y + area.h;
    if (onlyIfHidden && inside) return;
    const scale = Math.max(stage.clientWidth / area.w, 0.62);
    const w = stage.clientWidth / scale, h = stage.clientHeight / scale;
    look({ x: box.x + Math.min(box.w, w) / 2 - w / 2, y: box.y + box.h / 2 - h / 2, w, h });
  }

  function focusBox(index) {
    const view = views[current];
    stage.removeAttribute("tabindex");
    view.elements.forEach((element, number) => {
      element.setAttribute("tabindex", number === index ? "0" : "-1");
    });
    view.elements[index].focus({ preventScroll: true });
  }

  function step(index, key) {
    const from = boxArea(index);
    const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1],
      ArrowUp: [0, -1] }[key];
    let best = null, least = Infinity;
    for (const other of shown) {
      if (other === index) continue;
      const to = boxArea(other);
      const x = to.x - from.x, y = to.y + to.h / 2 - from.y - from.h / 2;
      const ahead = dx * x + dy * y, aside = Math.abs(dx ? y : x);
      // What is more to the side than ahead is taken only where nothing is ahead.
      const cost = ahead + 2 * aside + (aside > ahead ? 1e6 : 0);
      if (ahead > 1 && cost < least) { best = other; least = cost; }
    }
    if (best !== null) { centre(best, true); focusBox(best); }
  }

  function open(number) {
    pages.forEach((page, index) => { page.hidden = index !== number; });
    current = number;
    choice.value = String(number);
    const view = views[number];
    view.elements.forEach((element, index) => element.setAttribute("tabindex", index ? "-1" : "0"));
    choose(null);
    applyFilter();
    // Last: the panel and the status line take room from the picture.
    fit(false);
    if (strip(search.value)) find(false);
  }

  function activate(index) {
    if (views[current].overview) {
      open(index + 1);
      if (views[current].elements.length) focusBox(0);
    } else choose(index);
  }

  // Events
  choice.addEventListener("change", () => open(Number(choice.value)));
  filter.addEventListener("input", applyFilter);
  search.addEventListener("input", () => { hit = -1; find(false); });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") find(true); });
  byId("larger").addEventListener("click", () => zoom(1.3));
  byId("smaller").addEventListener("click", () => zoom(1 / 1.3));
  byId("all").addEventListener("click", () => fit(true));
  window.addEventListener("resize", () => fit(false));

  function indexOf(element) {
    const box = element.closest && element.closest(".box");
    return box ? views[current].elements.indexOf(box) : -1;
  }

  function back(event) {
    if (event.target === filter || event.target === search) {
      event.target.value = "";
      hit = -1;
      find(false);
      applyFilter();
    } else if (chosen !== null) choose(null);
    else if (views[0].overview && current) {
      const from = current - 1;
      open(0);
      focusBox(from);
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { back(event); return; }
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const index = indexOf(event.target);
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    else if (event.key === "+") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit(true);
    else if (index >= 0 && event.key.startsWith("Arrow")) { event.preventDefault(); step(index, event.key); }
    else if (index >= 0 && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      activate(index);
    }
  });
  stage.addEventListener("focusin", (event) => {
    const index = indexOf(event.target);
    if (index >= 0) centre(index, true);
  });

  const pointers = new Map();
  let moved = false;
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (pointers.size === 1) moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const scale = area.w / (stage.clientWidth || 1);
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    if (Math.abs(dx) + Math.abs(dy) > 3) moved = true;
    if (!moved) return;
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const length = (x, y) => Math.hypot(x - other[0], y - other[1]) || 1;
      const edge = stage.getBoundingClientRect();
      zoom(length(event.clientX, event.clientY) / length(...before),
        other[0] - edge.left, other[1] - edge.top);
    } else look({ x: area.x - dx * scale, y: area.y - dy * scale, w: area.w, h: area.h });
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    window.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  stage.addEventListener("click", (event) => {
    const index = indexOf(event.target);
    if (moved) return;
    if (index < 0) choose(null);
    else { focusBox(index); activate(index); }
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const edge = stage.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 400), event.clientX - edge.left, event.clientY - edge.top);
  }, { passive: false });

  open(0);
})();
