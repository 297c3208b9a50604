// The frame of every page: menu, confirmation, and the panel that sources open in.
const wide = window.matchMedia("(min-width: 64rem)");
const panel = document.getElementById("panel");
const frame = document.getElementById("frame");
let opener = null;

function menuSetUp() {
  const button = document.getElementById("menu-button");
  const sidebar = document.getElementById("sidebar");
  if (!button) return;
  button.addEventListener("click", () => {
    const open = sidebar.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    if (open) sidebar.querySelector("nav a")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && sidebar.classList.contains("open")) {
      sidebar.classList.remove("open");
      button.setAttribute("aria-expanded", "false");
      button.focus();
    }
  });
}

function confirmSetUp() {
  const dialog = document.getElementById("confirm");
  const yes = dialog.querySelector("#confirm-yes");
  const usual = yes.textContent;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const text = form.dataset?.confirm;
    if (!text || form.dataset.confirmed) return;
    event.preventDefault();
    dialog.querySelector("#confirm-text").textContent = text;
    yes.textContent = form.dataset.confirmYes || usual;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "1";
      form.requestSubmit();
    }, { once: true });
  });
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
}

async function panelOpen(link) {
  if (!panel.contains(link)) opener = link;
  await window.htmx.ajax("GET", link.getAttribute("href"), { target: panel, swap: "innerHTML" });
  frame.classList.add("with-panel");
  for (const other of document.querySelectorAll("#turns .cite[aria-current]")) other.removeAttribute("aria-current");
  opener?.classList.contains("cite") && opener.setAttribute("aria-current", "true");
  viewerSetUp(panel);
  panel.focus({ preventScroll: true });
}

function panelClose() {
  frame.classList.remove("with-panel");
  panel.replaceChildren();
  opener?.removeAttribute("aria-current");
  opener?.focus();
}

function panelSetUp() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) return panelClose();
    const link = event.target.closest("a[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return undefined;
    if (!panel || !wide.matches || link.closest("[data-no-panel]")) return undefined;
    event.preventDefault();
    return panelOpen(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame?.classList.contains("with-panel")) panelClose();
  });
}

// Brings the quotation into view and lets the page be made larger; a larger page loads a finer image.
function viewerSetUp(root) {
  const viewer = root.querySelector("[data-viewer]");
  if (!viewer) return;
  const body = viewer.querySelector(".viewer-body");
  const leaf = viewer.querySelector("[data-leaf]");
  const target = viewer.querySelector("[data-boxes] rect") || viewer.querySelector("[data-target] mark");
  const show = () => {
    if (!target) return;
    const box = target.getBoundingClientRect();
    const scroller = body.scrollHeight > body.clientHeight + 4 ? body : document.scrollingElement;
    const top = scroller === body ? body.getBoundingClientRect().top : 0;
    scroller.scrollTop += box.top - top - scroller.clientHeight / 3;
    if (scroller === body && leaf) body.scrollLeft += box.left - body.getBoundingClientRect().left - 40;
  };
  const image = leaf?.querySelector("img");
  if (image && !image.complete) image.addEventListener("load", show, { once: true });
  show();
  let zoom = 0;
  const widths = [100, 140, 200, 300];
  for (const button of viewer.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      zoom = Math.max(0, Math.min(widths.length - 1, zoom + Number(button.dataset.zoom)));
      leaf.style.width = `${widths[zoom]}%`;
      if (zoom > 0) image.src = image.src.replace(/w=\d+/, zoom > 1 ? "w=2400" : "w=1600");
      show();
    });
  }
}

menuSetUp();
confirmSetUp();
panelSetUp();
viewerSetUp(document.getElementById("main") || document);
