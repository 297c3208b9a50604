// Asking: sends the question, shows the events of its answer as they come, and then the answer as it was stored.
const form = document.getElementById("composer");
const box = document.getElementById("question");
const turns = document.getElementById("turns");
const stop = document.getElementById("stop");
const send = document.getElementById("send");
let running = null;

// Yields {name, data} for each server-sent event of a response's body.
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    held += value;
    const parts = held.split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      const lines = part.split("\n");
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (name) yield { name, data: JSON.parse(data) };
    }
  }
}

// The answer while it is being written.
class Turn {
  constructor(question) {
    const template = document.getElementById("turn-template");
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.querySelector("[data-question-text]").textContent = question;
    this.steps = this.element.querySelector("[data-steps]");
    this.blocks = this.element.querySelector("[data-blocks]");
    this.citations = new Map();
    this.block = null;
    this.kind = "";
    turns.append(this.element);
    this.step("searching");
    this.element.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  step(word, values = {}) {
    this.steps.querySelector(".now")?.classList.remove("now");
    const item = document.createElement("li");
    item.className = "now";
    let text = this.steps.dataset[word];
    for (const [name, value] of Object.entries(values)) text = text.replace(`{${name}}`, value);
    item.textContent = text;
    this.steps.append(item);
    this.word = word;
  }

  end() {
    this.steps.querySelector(".now")?.classList.remove("now");
    this.element.setAttribute("aria-busy", "false");
    this.blocks.querySelector(".caret")?.classList.remove("caret");
  }

  take({ name, data }) {
    if (name === "started") this.id = data.id, this.conversation = data.conversation;
    if (name === "retrieval") this.step("found", { count: data.found.length });
    if (name === "citation") this.citations.set(String(data.id), data);
    if (name === "delta") this.write(data);
  }

  write({ text, kind }) {
    if (!this.block || kind !== this.kind || text.startsWith("\n\n")) this.open(kind);
    if (kind === "rephrased" && this.word !== "rephrasing") this.step("rephrasing");
    if (kind === "evidence" && this.word === "found") this.step("writing");
    this.text += text.replace(/^\n+/, this.text ? "\n" : "");
    this.lines.replaceChildren(...this.text.split("\n").filter(Boolean).map((line) => this.line(line)));
    this.lines.lastElementChild?.classList.add("caret");
  }

  open(kind) {
    this.blocks.querySelector(".caret")?.classList.remove("caret");
    this.kind = kind;
    this.text = "";
    if (kind === "rephrased") {
      this.block = this.element.querySelector("[data-rephrased]").content.firstElementChild.cloneNode(true);
    } else {
      this.block = document.createElement("div");
      this.block.className = kind === "emergency" ? "notice error" : `block-${kind}`;
      if (kind === "emergency") this.block.setAttribute("role", "alert");
    }
    this.lines = document.createElement("div");
    this.lines.className = { evidence: "block-evidence", emergency: "stack-s" }[kind] ?? "";
    if (kind === "evidence") this.block.className = "";
    this.block.append(this.lines);
    this.blocks.append(this.block);
  }

  // A line of text; a mark [n] leads to the passage that it cites.
  line(text) {
    const paragraph = document.createElement("p");
    for (const part of text.split(/(\[\d+\])/)) {
      const cited = this.citations.get(part.slice(1, -1));
      if (/^\[\d+\]$/.test(part) && cited) {
        const link = document.createElement("a");
        link.className = "cite";
        link.href = `/passages/${cited.chunk}/`;
        link.dataset.panel = "";
        link.textContent = cited.id;
        paragraph.append(link);
      } else {
        paragraph.append(part);
      }
    }
    return paragraph;
  }

  // What was stored takes the place of what was streamed.
  async store() {
    const url = `/answers/${this.id}/`;
    await window.htmx.ajax("GET", `${url}part/`, { target: this.element, swap: "outerHTML" });
    window.history.replaceState(null, "", url);
    document.body.dispatchEvent(new Event("answered"));
  }

  fail(text) {
    this.end();
    const notice = document.createElement("div");
    notice.className = "notice error";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    this.element.append(notice);
  }
}

async function ask() {
  const question = box.value.trim();
  if (!question || running) return;
  const body = new FormData(form);
  const turn = new Turn(question);
  running = new AbortController();
  busy(true);
  box.value = "";
  for (const id of ["welcome", "samples"]) document.getElementById(id)?.remove();
  let ended = false;
  try {
    const headers = { Accept: "text/event-stream" };
    const response = await fetch(form.action, { method: "POST", body, headers, signal: running.signal });
    if (!(response.headers.get("Content-Type") || "").startsWith("text/event-stream")) {
      const problem = await response.json().catch(() => ({}));
      box.value = question;
      turn.fail(problem.detail || response.statusText);
      return;
    }
    for await (const event of eventsOf(response)) {
      turn.take(event);
      if (event.name === "error") turn.fail(event.data.detail), ended = true;
      if (event.name === "done") turn.end(), await turn.store(), ended = true;
    }
    if (!ended) turn.fail(turn.steps.dataset.broken);
  } catch (error) {
    if (error.name === "AbortError") turn.step("stopped"), turn.end();
    else turn.fail(turn.steps.dataset.broken);
  } finally {
    if (turn.conversation) document.getElementById("conversation").value = turn.conversation;
    running = null;
    busy(false);
  }
}

function busy(on) {
  send.hidden = on;
  stop.hidden = !on;
  if (on) stop.focus();
  else {
    box.placeholder = box.dataset.followUp;
    box.focus({ preventScroll: true });
  }
}

function basesShow() {
  const details = form.querySelector(".bases");
  const summary = details?.querySelector("summary");
  if (!summary) return;
  const count = details.querySelectorAll("input:checked").length;
  summary.textContent = count ? summary.dataset.some.replace("{count}", count) : summary.dataset.all;
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  box.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    ask();
  });
  stop.addEventListener("click", () => running?.abort());
  form.addEventListener("change", basesShow);
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-question]");
    if (chip) {
      box.value = chip.textContent.trim();
      ask();
    }
    const open = form.querySelector(".bases[open]");
    if (open && !open.contains(event.target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const open = form.querySelector(".bases[open]");
    if (event.key === "Escape" && open) open.open = false;
  });
}
