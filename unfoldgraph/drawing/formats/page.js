"use strict";
(() => {
  const data = JSON.parse(document.querySelector("script[type='application/json']").textContent);
  const svg = document.querySelector("figure > svg");
  const figure = svg.parentNode;
  const note = document.querySelector(".note");
  const general = note.firstElementChild;
  const said = document.querySelector(".said");
  const name = "http://www.w3.org/2000/svg";

  // --- The picture: nodes and edges by their ids, each with the elements that show it. -------------------------

  const nodes = new Map();
  const edges = new Map();
  const beside = [];
  // The first node: edges are painted before it.
  let ground = null;

  const plain = (element) => element && !element.id && !element.dataset.of;
  const local = (id) => (id || "").slice(data.prefix.length);

  function gather() {
    for (const [id, facts] of Object.entries(data.nodes)) {
      const shape = document.getElementById(data.prefix + id);
      const box = shape.getBBox();
      const node = { id, ...facts, shape, state: "", parts: [], sources: [], x: box.x + box.width / 2, y: box.y + box.height / 2,
        width: box.width, height: box.height };
      const inner = shape.nextElementSibling;
      if (plain(inner) && inner.tagName === shape.tagName) node.parts.push(part(inner, "inner"));
      node.parts.push(part(shape, "node"));
      if (!ground || ground.compareDocumentPosition(shape) & Node.DOCUMENT_POSITION_PRECEDING) ground = shape;
      nodes.set(id, node);
    }
    for (const path of svg.querySelectorAll("path[data-from], path[data-to]")) {
      const edge = { id: local(path.id), source: local(path.dataset.from), target: local(path.dataset.to),
        state: "", parts: [] };
      edge.parts.push(part(path, "line"));
      const head = path.nextElementSibling;
      if (edge.target && plain(head) && head.tagName === "polygon") edge.parts.push(part(head, "solid"));
      edges.set(edge.id, edge);
      if (nodes.has(edge.source) && nodes.has(edge.target)) nodes.get(edge.target).sources.push(edge.source);
    }
    for (const element of svg.querySelectorAll("[data-of]")) {
      const owner = nodes.get(local(element.dataset.of)) || edges.get(local(element.dataset.of));
      if (owner) owner.parts.push(part(element, element.tagName === "g" ? "label" : "solid"));
    }
    for (const element of svg.querySelectorAll(":scope > g:not([data-of])")) {
      element.classList.add("label");
      beside.push(element);
    }
  }

  function part(element, kind) {
    element.classList.add(kind);
    element.classList.toggle("inverse", kind === "label" && element.getAttribute("fill") === data.inverse);
    return element;
  }

  // --- What is shown of one node. ------------------------------------------------------------------------------

  // A node and all that it rests on: along the edges, and through the steps that are left out.
  function ancestry(id) {
    const found = new Set([id]);
    const ways = new Set();
    for (const one of found) {
      for (const source of nodes.get(one).sources) found.add(source);
      for (const other of nodes.get(one).through || []) (nodes.has(other) ? found : ways).add(other);
    }
    for (const edge of edges.values()) {
      if (found.has(edge.target) && (!edge.source || found.has(edge.source))) ways.add(edge.id);
    }
    return [found, ways];
  }

  function same(node, view) {
    return [...nodes.values()].filter((other) => other.view === view && other.name === node.name);
  }

  function light(id) {
    const states = new Map();
    if (id) {
      const node = nodes.get(id);
      const instances = node.view === "circuit" ? same(node, "steps") : same(node, "circuit");
      for (const other of instances) states.set(other.id, "lit");
      if (node.view !== "circuit") {
        for (const found of ancestry(id)) for (const one of found) states.set(one, "lit");
      } else if (!instances.length) {
        for (const edge of edges.values()) {
          if (edge.target === id) states.set(edge.id, "lit").set(edge.source, "lit");
        }
      }
      states.set(id, "chosen");
    }
    for (const item of [...nodes.values(), ...edges.values()]) paint(item, id ? states.get(item.id) || "dim" : "");
    for (const element of beside) element.classList.toggle("dim", Boolean(id));
  }

  function paint(item, state) {
    if (item.state === state) return;
    item.state = state;
    // What is lit is painted over the edges that step back.
    if (state === "lit" && edges.has(item.id)) raise(item);
    for (const element of item.parts) {
      element.classList.remove("dim", "lit", "chosen");
      if (state) element.classList.add(state);
      const width = element.getAttribute("stroke-width");
      if (width && !element.classList.contains("inner")) element.style.strokeWidth = state ? Number(width) + data.weights[state] : "";
    }
  }

  function raise(edge) {
    for (const element of edge.parts) if (!element.classList.contains("label")) svg.insertBefore(element, ground);
  }

  function formula([text, ...words], side) {
    const span = document.createElement("span");
    span.className = side;
    span.setAttribute("role", "img");
    span.setAttribute("aria-label", text);
    words.forEach((word, n) => {
      const id = `${data.prefix}w${word}`;
      const box = document.getElementById(id).viewBox.baseVal;
      const image = document.createElementNS(name, "svg");
      image.setAttribute("width", `${box.width / data.em}em`);
      image.setAttribute("height", `${box.height / data.em}em`);
      image.appendChild(document.createElementNS(name, "use")).setAttribute("href", `#${id}`);
      span.append(...(n ? [document.createElement("wbr"), image] : [image]));
    });
    return span;
  }

  function count(number, what) {
    return `${number} ${what}${number === 1 ? "" : "s"}`;
  }

  function sentences(node) {
    let first = node.kind;
    const places = node.view === "circuit" ? same(node, "steps").length : 0;
    if (places) first += ` at ${count(places, "place")} of the unfolding`;
    if (node.ancestors) first += ` with ${count(node.ancestors, "ancestor")}`;
    return `${first[0].toUpperCase()}${first.slice(1)}. ${node.remark || ""}`.trim();
  }

  function tell(id) {
    if (!id) {
      note.replaceChildren(general);
      return;
    }
    const node = nodes.get(id);
    const equation = document.createElement("div");
    equation.className = "equation";
    if (node.left) equation.append(formula(node.left, "left"));
    equation.append(...(node.rights || []).map((right) => formula(right, "right")));
    const remark = document.createElement("p");
    remark.className = "remark";
    remark.textContent = node.left ? sentences(node) : `${node.label}: ${sentences(node)}`;
    note.replaceChildren(equation, remark);
    note.scrollTop = 0;
  }

  function spoken(node) {
    const right = node.rights && node.rights.length ? ` ${node.rights[0][0]}` : "";
    return `${node.left ? node.left[0] : node.label}${right}. ${sentences(node)}`;
  }

  // --- Which node that is: the one pointed at, else the one with the focus, else the one that is kept. ----------

  let hovered = null;
  let focused = null;
  let kept = null;
  let entry = null;
  let now = null;

  function update() {
    const id = hovered || focused || kept;
    if (id === now) return;
    now = id;
    light(id);
    tell(id);
  }

  function keep(id) {
    if (kept) nodes.get(kept).shape.setAttribute("aria-pressed", "false");
    kept = id;
    if (id) nodes.get(id).shape.setAttribute("aria-pressed", "true");
    remember(id || focused);
    update();
  }

  function clear() {
    hovered = null;
    if (document.activeElement && nodes.has(local(document.activeElement.id))) document.activeElement.blur();
    keep(null);
    said.textContent = "";
  }

  function remember(id) {
    const address = location.href.split("#")[0] + (id ? `#${encodeURIComponent(id)}` : "");
    if (address !== location.href) history.replaceState(null, "", address);
  }

  function recall() {
    let asked = "";
    try {
      asked = decodeURIComponent(location.hash.slice(1));
    } catch {
      // What is no text is the address of no node.
    }
    const id = [asked, `u.${asked}`, `c.${asked}`].find((one) => nodes.has(one));
    if (!id) return;
    if (nodes.get(id).stage > stage) show(nodes.get(id).stage);
    enter(id);
    keep(id);
    reveal(nodes.get(id));
    said.textContent = spoken(nodes.get(id));
  }

  // One node at a time can be reached by the Tab key; the arrow keys lead to the others.
  function enter(id) {
    if (entry) nodes.get(entry).shape.setAttribute("tabindex", "-1");
    entry = id;
    if (id) nodes.get(id).shape.setAttribute("tabindex", "0");
  }

  const ring = document.createElementNS(name, "rect");
  ring.classList.add("ring");

  function circle(id) {
    const node = id && nodes.get(id);
    ring.remove();
    if (!node || !node.shape.matches(":focus-visible")) return;
    const space = 5;
    const corner = node.shape.tagName === "rect" ? 8 : node.height / 2 + space;
    const values = { x: node.x - node.width / 2 - space, y: node.y - node.height / 2 - space,
      width: node.width + 2 * space, height: node.height + 2 * space, rx: corner, ry: corner };
    for (const [key, value] of Object.entries(values)) ring.setAttribute(key, value);
    svg.append(ring);
  }

  function visible() {
    return [...nodes.values()].filter((node) => node.stage <= stage);
  }

  // The nearest node in a direction; what lies to the side counts more than the way there.
  function towards(node, dx, dy) {
    let best = null;
    let least = Infinity;
    for (const other of visible()) {
      const ahead = (other.x - node.x) * dx + (other.y - node.y) * dy;
      const aside = Math.abs((other.x - node.x) * dy) + Math.abs((other.y - node.y) * dx);
      if (ahead < 1 || aside > 2 * ahead) continue;
      if (ahead + 3 * aside < least) [best, least] = [other, ahead + 3 * aside];
    }
    return best;
  }

  function end(node, sign, all) {
    const row = visible().filter((other) => other.view === node.view && (all || Math.abs(other.y - node.y) < 1));
    return row.reduce((best, other) => (sign * (other.x - best.x) > 0 ? other : best), node);
  }

  function go(node) {
    if (!node) return;
    enter(node.id);
    node.shape.focus({ preventScroll: true });
    reveal(node);
  }

  function welcome(node) {
    const shape = node.shape;
    shape.setAttribute("role", "button");
    shape.setAttribute("tabindex", "-1");
    shape.setAttribute("aria-pressed", "false");
    shape.setAttribute("aria-label", `${node.label}: ${sentences(node)}`);
    shape.addEventListener("focus", () => {
      focused = node.id;
      enter(node.id);
      remember(node.id);
      update();
      circle(node.id);
      said.textContent = spoken(node);
    });
    shape.addEventListener("blur", () => {
      focused = null;
      update();
      circle(null);
    });
    shape.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch" && !pointers.size) {
        hovered = node.id;
        update();
      }
    });
    shape.addEventListener("pointerleave", () => {
      hovered = null;
      update();
    });
  }

  // --- The unfolding, step by step. ----------------------------------------------------------------------------

  const controls = document.querySelector(".controls");
  const slider = controls.querySelector("input");
  const output = controls.querySelector("output");
  const player = controls.querySelector(".play");
  const last = data.stages.length - 1;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let stage = last;
  let timer = null;

  function hide(item, isHidden) {
    for (const element of item.parts) element.classList.toggle("later", isHidden);
  }

  function show(number) {
    stage = number;
    for (const node of nodes.values()) hide(node, node.stage > stage);
    for (const edge of edges.values()) {
      const ends = [edge.source, edge.target].map((id) => nodes.get(id)).filter(Boolean);
      // An edge into steps that are left out is there with these.
      const from = edge.target ? 0 : Math.min(last, (ends[0] ? ends[0].stage : 0) + 1);
      hide(edge, Math.max(from, ...ends.map((node) => node.stage)) > stage);
    }
    for (const [id, at] of Object.entries(data.frames)) {
      document.getElementById(data.prefix + id).classList.toggle("later", at > stage);
    }
    beside.forEach((element, n) => element.classList.toggle("later", data.beside[n] > stage));
    for (const id of [kept, focused]) if (id && nodes.get(id).stage > stage) clear();
    if (entry && nodes.get(entry).stage > stage) enter(visible()[0] ? visible()[0].id : null);
    if (!slider) return;
    slider.value = stage;
    output.textContent = data.stages[stage];
    slider.setAttribute("aria-valuetext", output.textContent);
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    if (player) player.textContent = "Play";
  }

  function play() {
    if (!slider) return;
    if (timer !== null) {
      pause();
      return;
    }
    if (stage === last) show(0);
    player.textContent = "Pause";
    // However many steps there are, they are over in about half a minute.
    const wait = Math.min(still.matches ? 1200 : 750, 30000 / last);
    timer = setTimeout(function next() {
      show(stage + 1);
      timer = stage < last ? setTimeout(next, wait) : null;
      if (timer === null) pause();
    }, wait);
  }

  // --- The part of the picture that is seen. -------------------------------------------------------------------

  const [width, height] = data.size;
  const view = { x: 0, y: 0, scale: 1 };
  let whole = true;
  const largest = 12;

  function room() {
    return [Math.max(figure.clientWidth, 1), Math.max(figure.clientHeight, 1)];
  }

  function draw() {
    const [w, h] = room();
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${w / view.scale} ${h / view.scale}`);
  }

  function fitting() {
    const [w, h] = room();
    return Math.min(w / width, h / height, 2);
  }

  function fit() {
    const [w, h] = room();
    view.scale = fitting();
    view.x = (width - w / view.scale) / 2;
    view.y = (height - h / view.scale) / 2;
    whole = true;
    draw();
  }

  // A very long picture begins at its beginning, large enough to be read.
  function open() {
    fit();
    if (view.scale > 0.45) return;
    const [w, h] = room();
    view.scale = Math.min(1, Math.max(h / height, 0.6));
    view.x = Math.min(0, (width - w / view.scale) / 2);
    view.y = Math.max(0, (height - h / view.scale) / 2);
    whole = false;
    draw();
  }

  function zoom(factor, x = figure.clientWidth / 2, y = figure.clientHeight / 2) {
    const scale = Math.min(largest, Math.max(fitting() / 2, view.scale * factor));
    view.x += x / view.scale - x / scale;
    view.y += y / view.scale - y / scale;
    view.scale = scale;
    whole = false;
    draw();
  }

  function pan(dx, dy) {
    const [w, h] = room().map((length) => length / view.scale);
    const inside = (at, seen, length) => Math.min(length - seen / 4, Math.max(at, -0.75 * seen));
    view.x = inside(view.x - dx / view.scale, w, width);
    view.y = inside(view.y - dy / view.scale, h, height);
    whole = false;
    draw();
  }

  function reveal(node) {
    const [w, h] = room();
    // What is seen whole stays where it is; else there is some space around it.
    const beyond = (at, half, length) =>
      at + half > length + 1 ? at + half + 24 - length : at - half < -1 ? at - half - 24 : 0;
    const dx = beyond((node.x - view.x) * view.scale, (node.width * view.scale) / 2, w);
    const dy = beyond((node.y - view.y) * view.scale, (node.height * view.scale) / 2, h);
    if (dx || dy) pan(-dx, -dy);
  }

  const pointers = new Map();
  let moved = false;

  function spread() {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y) || 1;
  }

  function down(event) {
    if (event.button !== 0) return;
    if (!pointers.size) moved = false;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function move(event) {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    if (!moved && Math.hypot(dx, dy) < 4) return;
    if (!moved) {
      moved = true;
      document.documentElement.classList.add("dragged");
      svg.setPointerCapture(event.pointerId);
    }
    const apart = pointers.size === 2 ? spread() : 0;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    pan(dx / pointers.size, dy / pointers.size);
    if (apart) {
      const box = svg.getBoundingClientRect();
      const [a, b] = [...pointers.values()];
      zoom(spread() / apart, (a.x + b.x) / 2 - box.left, (a.y + b.y) / 2 - box.top);
    }
  }

  function up(event) {
    pointers.delete(event.pointerId);
    if (!pointers.size) document.documentElement.classList.remove("dragged");
  }

  function click(event) {
    if (moved) return;
    const id = local(event.target.id);
    if (!nodes.has(id)) {
      clear();
      return;
    }
    const isKept = kept === id;
    go(nodes.get(id));
    keep(isKept ? null : id);
  }

  function wheel(event) {
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    // Pixels, lines or pages; a touch pad sends many small ones, with Ctrl for a pinch.
    const amount = event.deltaY * [1, 16, 400][event.deltaMode] * (event.ctrlKey ? 4 : 1);
    zoom(Math.exp(-Math.max(-400, Math.min(400, amount)) / 500), event.clientX - box.left, event.clientY - box.top);
  }

  // --- Keys. ---------------------------------------------------------------------------------------------------

  const directions = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function key(event) {
    if (event.altKey || event.metaKey) return;
    const target = event.target;
    const at = nodes.get(focused || kept || entry);
    const used = () => event.preventDefault();
    if (event.key === "Escape") clear();
    else if (target instanceof HTMLInputElement) return;
    else if (directions[event.key] && at && !event.ctrlKey) {
      used();
      go(focused ? towards(at, ...directions[event.key]) : at);
    } else if ((event.key === "Home" || event.key === "End") && at) {
      used();
      go(end(at, event.key === "End" ? 1 : -1, event.ctrlKey));
    } else if (event.ctrlKey) return;
    else if ((event.key === "Enter" || event.key === " ") && focused) {
      used();
      keep(kept === focused ? null : focused);
    } else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-" || event.key === "_") zoom(0.8);
    else if (event.key === "0" || event.key === "f") fit();
    else if (event.key === "p") play();
  }

  // --- All of it together. -------------------------------------------------------------------------------------

  gather();
  document.documentElement.classList.add("scripted");
  // Thousands of colours that change little by little would keep a reader waiting.
  document.documentElement.classList.toggle("still", nodes.size > 300);
  for (const element of document.querySelectorAll(".controls, .help")) element.hidden = false;
  svg.setAttribute("role", "group");
  for (const node of nodes.values()) welcome(node);
  const unfolded = [...nodes.values()].filter((node) => node.view === "steps");
  const first = (unfolded.length ? unfolded : [...nodes.values()]).sort((a, b) => a.x - b.x || a.y - b.y)[0];
  enter(first ? first.id : null);
  show(last);
  open();
  recall();

  const [out, closer, all] = controls.querySelectorAll(".zoom button");
  out.addEventListener("click", () => zoom(0.8));
  closer.addEventListener("click", () => zoom(1.25));
  all.addEventListener("click", fit);
  if (slider) {
    player.addEventListener("click", play);
    slider.addEventListener("input", () => {
      pause();
      show(Number(slider.value));
    });
  }
  // Only a click takes the focus to a node, not the beginning of a drag.
  svg.addEventListener("mousedown", (event) => event.preventDefault());
  svg.addEventListener("pointerdown", down);
  svg.addEventListener("pointermove", move);
  svg.addEventListener("pointerup", up);
  svg.addEventListener("pointercancel", up);
  svg.addEventListener("click", click);
  svg.addEventListener("wheel", wheel, { passive: false });
  document.addEventListener("keydown", key);
  addEventListener("hashchange", recall);
  new ResizeObserver(() => (whole ? fit() : draw())).observe(figure);
  addEventListener("beforeprint", () => svg.setAttribute("viewBox", `0 0 ${width} ${height}`));
  addEventListener("afterprint", draw);
})();
