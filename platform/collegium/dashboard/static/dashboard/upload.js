// Uploading: files can be dropped; what is too large is said before it is sent; the share sent is shown.
const form = document.getElementById("upload");

function setUp() {
  const drop = document.getElementById("drop");
  const input = document.getElementById("files");
  const chosen = document.getElementById("chosen");
  const sent = document.getElementById("sent");
  const limit = Number(form.dataset.maxBytes);
  const plain = chosen.textContent;

  const check = () => {
    const files = [...input.files];
    const large = files.find((file) => file.size > limit);
    const together = files.reduce((sum, file) => sum + file.size, 0) > limit;
    const refusal = large ? `${form.dataset.tooLarge} ${large.name}` : together ? form.dataset.tooLargeTogether : "";
    const text = refusal.replace("{limit}", Math.round(limit / 1e6));
    input.setCustomValidity(text);
    chosen.textContent = text || (files.length ? form.dataset.chosen.replace("{count}", files.length) : plain);
    if (text) input.reportValidity();
  };
  input.addEventListener("change", check);
  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    check();
  });
  form.addEventListener("htmx:xhr:progress", (event) => {
    if (!event.detail.lengthComputable) return;
    sent.hidden = false;
    sent.value = (100 * event.detail.loaded) / event.detail.total;
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    sent.hidden = true;
    if (event.detail.successful) form.reset();
    chosen.textContent = plain;
  });
}

if (form) setUp();
