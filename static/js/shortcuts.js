// Single keys for people with two hundred tasks. They sleep in fields and dialogs, on key repeat,
// with a modifier, and when switched off. Each has a visible button; the list is behind "?".

const OFF = "signoff.keys-off";
const SETTLE_MS = 600; // a doubled key must not decide the page that has just opened
const opened = performance.now();
const dialog = document.querySelector("[data-shortcuts]");
const help = document.querySelector("[data-help]");
const one = (selector) => document.querySelector(selector);
const links = () => [...document.querySelectorAll(".row:not([data-gone]) .row-link")];

function step(by) {
  const rows = links();
  if (!rows.length) return one("[data-next]")?.click();
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  return rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
}

function decide() {
  if (performance.now() - opened > SETTLE_MS) one(".decision-bar [data-key='a']")?.click();
}

function reject() {
  const field = one("[data-reason] input:not(:disabled)");
  if (field) field.focus();
  else one("[data-call] input[value='reject']")?.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => document.activeElement.matches?.(".row-link") && document.activeElement.click(),
  u: () => one("[data-back]")?.click(),
  a: decide,
  r: reject,
  e: () => one("[data-decide] [data-field] :is(input, textarea, select):not(:disabled)")?.focus(),
  c: () => one("[data-claim] [data-key='c']")?.click(),
  "/": () => (one("[data-search]") ? one("[data-search]").focus() : one("[data-back]")?.click()),
  ".": () => one("[data-news]:not([hidden])")?.click(),
  "?": () => dialog.showModal(),
};

// A radio group of reasons takes the number keys.
function pick(key) {
  const reasons = document.activeElement.closest?.("[data-reason]");
  const radio = reasons?.querySelectorAll("input[type=radio]")[Number(key) - 1];
  if (radio) {
    radio.checked = true;
    radio.focus();
    radio.form.querySelector("[data-reject]")?.scrollIntoView({ block: "nearest" });
  }
  return Boolean(radio);
}

const typing = (element) =>
  element.matches?.("textarea, select, input:not([type=radio], [type=checkbox])") ||
  element.isContentEditable;

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const rejecting = event.target.closest?.("[data-reason]");
    const button = one(rejecting ? "[data-reject]" : "[data-submit]");
    if (button && !event.repeat) button.click();
    return;
  }
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (typing(event.target) || localStorage.getItem(OFF)) return;
  if (/^[1-9]$/.test(event.key) && pick(event.key)) return event.preventDefault();
  if (event.key === "Enter" && event.target.closest?.("[data-reason]")) {
    event.preventDefault();
    one("[data-reject]")?.click();
  } else if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

const toggle = dialog.querySelector("[data-keys-on]");
toggle.checked = !localStorage.getItem(OFF);
document.body.classList.toggle("keys-on", toggle.checked);
toggle.addEventListener("change", () => {
  if (toggle.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
  document.body.classList.toggle("keys-on", toggle.checked);
});
help.hidden = false;
help.addEventListener("click", () => dialog.showModal());
