// The graph of a concept: draws the lines between its nodes, and moves among them by the arrow keys. The nodes are
// plain links in plain lists, so without this the page still leads everywhere by Tab and Enter.
const graph = document.querySelector("[data-graph]");
const here = graph?.querySelector("[data-here]");

function nodes(name) {
  return [...graph.querySelectorAll(`[data-row="${name}"] .node`)];
}

function box(element) {
  const outer = graph.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  const [x, y] = [inner.left - outer.left, inner.top - outer.top];
  return { left: x, right: x + inner.width, top: y, bottom: y + inner.height, x: x + inner.width / 2, y: y + inner.height / 2 };
}

function upright(from, to) {
  const half = (from[1] + to[1]) / 2;
  return `M${from} C${from[0]},${half} ${to[0]},${half} ${to}`;
}

function draw() {
  const middle = box(here);
  const lines = [
    ...nodes("parents").map(box).map((one) => upright([one.x, one.bottom], [middle.x, middle.top])),
    ...nodes("children").map(box).map((one) => upright([middle.x, middle.bottom], [one.x, one.top])),
    ...nodes("relations").map(box).filter((one) => one.left > middle.right).map((one) => {
      const half = (middle.right + one.left) / 2;
      return `M${middle.right},${middle.y} C${half},${middle.y} ${half},${one.y} ${one.left},${one.y}`;
    }),
  ];
  graph.querySelector("svg path").setAttribute("d", lines.join(" "));
}

// From the middle an arrow leads to the row on its side; within a row to the next node; back across the row to the middle.
const SIDES = { parents: "ArrowUp", children: "ArrowDown", relations: "ArrowRight" };
const BACK = { parents: "ArrowDown", children: "ArrowUp", relations: "ArrowLeft" };
const ALONG = { parents: ["ArrowLeft", "ArrowRight"], children: ["ArrowLeft", "ArrowRight"], relations: ["ArrowUp", "ArrowDown"] };

function next(from, key) {
  const row = from.closest("[data-row]")?.dataset.row;
  if (!row) return Object.entries(SIDES).filter(([, arrow]) => arrow === key).map(([name]) => nodes(name)[0])[0];
  if (key === BACK[row]) return here;
  const step = ALONG[row].indexOf(key);
  return step < 0 ? undefined : nodes(row)[nodes(row).indexOf(from) + (step ? 1 : -1)];
}

if (here) {
  graph.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const from = event.target.closest(".node");
    const to = from && next(from, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
  new ResizeObserver(draw).observe(graph);
}
