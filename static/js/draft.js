// What was typed is kept in this tab while it is sent, and comes back on the task's page when the
// answer was a sign-in. Any other answer shows what became of it, so the draft goes.

const KEY = "signoff.draft";
const form = document.querySelector("[data-decide]");
const target = form?.getAttribute("action"); // form.action is the button of that name

// Whose draft this is, of which task, as which version of it was seen.
function mark() {
  const person = document.querySelector(".person").textContent;
  return `${person} ${target} ${form.elements.version.value}`;
}

function keep() {
  const typed = {};
  for (const [name, value] of new FormData(form)) (typed[name] ??= []).push(value);
  sessionStorage.setItem(KEY, JSON.stringify({ mark: mark(), typed }));
}

function restore({ typed }) {
  for (const control of form.elements) {
    const values = typed[control.name] ?? [];
    if (control.type === "radio" || control.type === "checkbox") {
      control.checked = values.includes(control.value);
    } else if (control.matches("textarea, select, input:not([type='hidden'])") && values.length) {
      control.value = values.shift();
    }
  }
}

const draft = JSON.parse(sessionStorage.getItem(KEY));
sessionStorage.removeItem(KEY);
if (form) {
  if (draft?.mark === mark() && location.pathname !== target) restore(draft);
  form.addEventListener("submit", keep);
}
