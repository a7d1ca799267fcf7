// The review form while somebody works in it: changed fields carry "was …", Approve counts them,
// editing an argument picks "Edit", and a double click sends once.

const form = document.querySelector("[data-decide]");
const fields = [...form.querySelectorAll("[data-field]")];

function valueOf(field) {
  const controls = [...field.querySelectorAll("input[name], select[name], textarea[name]")];
  const boxes = controls.filter((one) => one.type === "radio" || one.type === "checkbox");
  if (!boxes.length) return controls[0]?.value ?? "";
  return boxes.filter((one) => one.checked).map((one) => one.value).join(",");
}

const isChanged = (field) =>
  valueOf(field).replaceAll("\r\n", "\n") !== field.dataset.initial.replaceAll("\r\n", "\n");

function mark(field) {
  const changed = isChanged(field);
  field.classList.toggle("field-changed", changed);
  const was = field.querySelector("[data-was]");
  if (was) was.hidden = !changed;
}

function label() {
  const button = form.querySelector("[data-approve]");
  if (!button) return;
  const count = fields.filter(isChanged).length;
  const { plain, one, many } = button.dataset;
  button.textContent = count === 0 ? plain : count === 1 ? one : many.replace("#", count);
}

function progress() {
  const calls = [...form.querySelectorAll("[data-call]")];
  const mark = form.querySelector("[data-progress]");
  const decided = calls.filter((call) => call.querySelector(".verdicts input:checked"));
  if (mark) mark.textContent = `${decided.length} / ${calls.length}`;
}

function revert(field) {
  const initial = field.dataset.initial;
  for (const control of field.querySelectorAll("input[name], select[name], textarea[name]")) {
    if (control.type === "radio" || control.type === "checkbox") {
      control.checked = initial.split(",").includes(control.value);
    } else control.value = initial;
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

form.addEventListener("input", (event) => {
  const field = event.target.closest("[data-field]");
  if (field) mark(field);
  const call = event.target.closest("[data-call]");
  if (field && call) {
    const dirty = [...call.querySelectorAll("[data-field]")].some(isChanged);
    const edit = call.querySelector("input[value='edit']");
    const approve = call.querySelector("input[value='approve']");
    if (edit && dirty && (!call.querySelector(".verdicts input:checked") || approve?.checked)) {
      edit.checked = true;
    }
  }
  label();
  progress();
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-revert]")) {
    event.preventDefault();
    revert(button.closest("[data-field]"));
  } else if (button?.matches("[data-rest]")) {
    event.preventDefault();
    for (const call of form.querySelectorAll("[data-call]")) {
      if (call.querySelector(".verdicts input:checked")) continue;
      const approve = call.querySelector("input[value='approve']");
      if (approve) approve.checked = true;
    }
    progress();
    form.querySelector("[data-submit]").focus();
  }
});

let sent = false;
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
window.addEventListener("pageshow", () => (sent = false));

// Typed text is not lost by accident.
window.addEventListener("beforeunload", (event) => {
  if (!sent && fields.some(isChanged)) event.preventDefault();
});

form.querySelector("#f-reason-text")?.addEventListener("input", () => {
  const other = form.querySelector("input[name='reason'][value='other']");
  if (other) other.checked = true;
});

fields.forEach(mark);
label();
progress();
document.querySelector("[data-focus]")?.focus();
