// The viewer of an image: window, size, place, frame and length. The server draws; this asks for other drawings.
// Drag moves the image, drag with Shift or the right button changes the window, the wheel changes the size.
const WAIT_MS = 120;
const SVG = "http://www.w3.org/2000/svg";

function viewer(scan) {
  const find = (name) => scan.querySelector(`[${name}]`);
  const stage = find("data-stage");
  const sheet = find("data-sheet");
  const image = find("data-image");
  const marks = find("data-marks");
  const told = find("data-told");
  const data = scan.dataset;
  const start = { centre: parseFloat(data.centre), width: parseFloat(data.width) };
  const has = Number.isFinite(start.centre);
  const row = parseFloat(data.rowMm) || 0;
  const column = parseFloat(data.columnMm) || 0;
  const aspect = row && column ? row / column : 1;
  const state = { ...start, frame: 1, inverse: false, own: false, zoom: 1, x: 0, y: 0, measuring: false, points: [] };
  let timer = 0;

  function place() {
    sheet.style.transform = `translate(${state.x}px, ${state.y}px) scale(${state.zoom}, ${state.zoom * aspect})`;
  }
  function fit() {
    const box = stage.getBoundingClientRect();
    const width = image.width || 1;
    const height = (image.height || 1) * aspect;
    state.zoom = Math.min(box.width / width, box.height / height) || 1;
    state.x = (box.width - width * state.zoom) / 2;
    state.y = (box.height - height * state.zoom) / 2;
    place();
  }
  function address() {
    const query = new URLSearchParams();
    if (has && state.own) {
      query.set("c", Number(state.centre.toPrecision(5)));
      query.set("w", Number(state.width.toPrecision(5)));
    }
    if (state.inverse) query.set("inverse", "1");
    const text = query.toString();
    return `${data.url}${state.frame}.png${text ? `?${text}` : ""}`;
  }
  function draw() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      told.textContent = data.wait;
      image.src = address();
    }, WAIT_MS);
  }
  image.addEventListener("load", () => { told.textContent = state.length || ""; });
  image.addEventListener("error", () => { told.textContent = data.failed; });

  function windowSet(centre, width) {
    if (!has) return;
    state.centre = centre;
    state.width = Math.max(width, Math.abs(start.width) / 1000 || 0.001);
    state.own = true;
    find("data-centre-field").value = Number(state.centre.toPrecision(5));
    find("data-width-field").value = Number(state.width.toPrecision(5));
    draw();
  }
  function frameSet(frame) {
    state.frame = Math.min(Math.max(frame, 1), parseInt(data.frames, 10));
    const slider = find("data-frame");
    if (slider) {
      slider.value = state.frame;
      find("data-frame-told").textContent = state.frame;
    }
    draw();
  }
  function zoom(factor, x, y) {
    const box = stage.getBoundingClientRect();
    const atX = x ?? box.width / 2;
    const atY = y ?? box.height / 2;
    const next = Math.min(Math.max(state.zoom * factor, 0.05), 40);
    state.x = atX - ((atX - state.x) * next) / state.zoom;
    state.y = atY - ((atY - state.y) * next) / state.zoom;
    state.zoom = next;
    place();
    marksDraw();
  }
  function measured() {
    const [from, to] = state.points;
    const x = to.x - from.x;
    const y = to.y - from.y;
    const text = row && column ? `${Math.hypot(x * column, y * row).toFixed(1)} mm` : `${Math.hypot(x, y).toFixed(1)} px`;
    state.length = text;
    told.textContent = text;
  }
  // Areas to blacken, one a line, as the form below the image states them.
  const masks = document.querySelector("[data-masks]");
  function masksRead() {
    const lines = (masks?.value || "").split("\n").map((line) => line.split(/[\s,]+/).filter(Boolean).map(Number));
    return lines.filter((area) => area.length === 4 && area.every(Number.isFinite) && area[2] > area[0] && area[3] > area[1]);
  }
  function maskAdd() {
    if (state.points.length < 2) return;
    const [from, to] = state.points;
    const inside = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    const size = [parseInt(image.getAttribute("width"), 10), parseInt(image.getAttribute("height"), 10)];
    const area = [
      inside(Math.min(from.x, to.x), size[0]), inside(Math.min(from.y, to.y), size[1]),
      inside(Math.max(from.x, to.x), size[0]), inside(Math.max(from.y, to.y), size[1]),
    ];
    if (area[2] === area[0] || area[3] === area[1]) return;
    masks.value = `${masks.value.trimEnd()}\n${area.join(" ")}`.trimStart();
    marksDraw();
  }
  masks?.addEventListener("input", () => marksDraw());
  document.querySelector("[data-mask-add]")?.addEventListener("click", maskAdd);
  function marksDraw() {
    marks.replaceChildren();
    for (const { x, y } of state.points) {
      const dot = document.createElementNS(SVG, "circle");
      for (const [name, value] of [["cx", x], ["cy", y], ["r", 3 / state.zoom]]) dot.setAttribute(name, value);
      marks.append(dot);
    }
    for (const [left, top, right, bottom] of masksRead()) {
      const area = document.createElementNS(SVG, "rect");
      for (const [name, value] of [["x", left], ["y", top], ["width", right - left], ["height", bottom - top]]) area.setAttribute(name, value);
      marks.append(area);
    }
    if (state.points.length < 2) return;
    const line = document.createElementNS(SVG, "line");
    const [from, to] = state.points;
    for (const [name, value] of [["x1", from.x], ["y1", from.y], ["x2", to.x], ["y2", to.y]]) line.setAttribute(name, value);
    line.setAttribute("stroke-width", 2 / state.zoom); // the sheet is scaled as a whole
    marks.append(line);
    measured();
  }
  function pointAdd(event) {
    const box = stage.getBoundingClientRect();
    const x = (event.clientX - box.left - state.x) / state.zoom;
    const y = (event.clientY - box.top - state.y) / (state.zoom * aspect);
    state.points = state.points.length === 2 ? [{ x, y }] : [...state.points, { x, y }];
    marksDraw();
  }
  const actions = {
    smaller: () => zoom(1 / 1.25),
    larger: () => zoom(1.25),
    reset: () => {
      Object.assign(state, start, { own: false, inverse: false, points: [], length: "" });
      if (has) {
        find("data-centre-field").value = start.centre;
        find("data-width-field").value = start.width;
      }
      marksDraw();
      fit();
      draw();
    },
    inverse: (button) => {
      state.inverse = !state.inverse;
      button.setAttribute("aria-pressed", String(state.inverse));
      draw();
    },
    measure: (button) => {
      state.measuring = !state.measuring;
      button.setAttribute("aria-pressed", String(state.measuring));
      stage.classList.toggle("measuring", state.measuring);
      state.points = [];
      if (state.measuring) {
        // A line to begin with, whose ends the arrow keys move: measuring needs no pointer.
        state.points = [{ x: image.width * 0.4, y: image.height / 2 }, { x: image.width * 0.6, y: image.height / 2 }];
      }
      marksDraw();
    },
  };
  const press = (name) => actions[name](scan.querySelector(`[data-do="${name}"]`));
  scan.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) press(button.dataset.do);
    const preset = event.target.closest("[data-preset]");
    if (preset) windowSet(...preset.dataset.preset.split(",").map(Number));
  });
  scan.addEventListener("change", (event) => {
    const fields = [find("data-centre-field"), find("data-width-field")];
    if (fields.includes(event.target)) {
      const [centre, width] = fields.map((field) => parseFloat(field.value));
      if (Number.isFinite(centre) && width > 0) windowSet(centre, width);
    }
  });
  find("data-frame")?.addEventListener("input", (event) => frameSet(parseInt(event.target.value, 10)));

  let drag = null;
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("pointerdown", (event) => {
    stage.focus();
    if (state.measuring && event.button === 0 && !event.shiftKey) return pointAdd(event);
    drag = { x: event.clientX, y: event.clientY, window: event.shiftKey || event.button === 2, from: { ...state } };
    return stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const x = event.clientX - drag.x;
    const y = event.clientY - drag.y;
    if (drag.window && has) {
      const step = Math.abs(start.width) / 300;
      windowSet(drag.from.centre + y * step, drag.from.width + x * step);
    } else if (!drag.window) {
      state.x = drag.from.x + x;
      state.y = drag.from.y + y;
      place();
    }
  });
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, () => { drag = null; });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  stage.addEventListener("keydown", (event) => {
    const step = Math.abs(start.width) / 40;
    const keys = {
      "+": () => press("larger"), "=": () => press("larger"), "-": () => press("smaller"), "0": () => press("reset"),
      i: () => press("inverse"), m: () => press("measure"),
      c: () => windowSet(state.centre - step, state.width), C: () => windowSet(state.centre + step, state.width),
      w: () => windowSet(state.centre, state.width - step), W: () => windowSet(state.centre, state.width + step),
      PageDown: () => frameSet(state.frame + 1), PageUp: () => frameSet(state.frame - 1),
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrows[event.key]) {
      const [x, y] = arrows[event.key];
      if (state.measuring && state.points.length === 2) {
        const end = state.points[event.shiftKey ? 0 : 1];
        end.x += x;
        end.y += y;
        marksDraw();
      } else {
        state.x -= x * 30;
        state.y -= y * 30;
        place();
      }
    } else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });
  addEventListener("resize", fit);
  fit();
}

for (const scan of document.querySelectorAll("[data-scan]")) viewer(scan);
