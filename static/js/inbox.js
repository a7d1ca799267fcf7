// The live list. Rows in place are exchanged in place; new rows go on top only while nobody works
// in the list, and wait behind a button otherwise. Gone rows stay, struck out.

import { announce, fetchPartial, retry } from "./partial.js";

const QUIET_MS = 10000;
const list = document.querySelector("[data-rows]");
const news = document.querySelector("[data-news]");
const empty = document.querySelector("[data-empty]");
const waiting = [];
let touched = 0;

for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  list.addEventListener(kind, () => (touched = Date.now()), { passive: true });
}

const busy = () =>
  Date.now() - touched < QUIET_MS || list.contains(document.activeElement) || window.scrollY > 80;

const find = (id) => list.querySelector(`[data-task="${id}"]`);

async function update(id) {
  const piece = await fetchPartial(`/tasks/${id}/row/?${list.dataset.query}`);
  const row = piece?.querySelector("[data-task]");
  const old = find(id);
  const held = waiting.findIndex((one) => one.dataset.task === id);
  if (held >= 0) waiting.splice(held, 1);
  if (old && !row) old.remove();
  else if (old) exchange(old, row);
  else if (row && row.dataset.inView === "1") waiting.push(row);
}

function exchange(old, row) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(row);
  if (focused) row.querySelector("a").focus();
}

function insert() {
  for (const row of waiting.splice(0)) {
    row.classList.add("row-new");
    list.prepend(row);
  }
  paint();
}

function paint() {
  empty.hidden = list.querySelector("[data-task]") !== null;
  news.hidden = waiting.length === 0;
  news.textContent = waiting.length === 1 ? "1 new: show" : `${waiting.length} new: show`;
}

function count(counts) {
  for (const [view, number] of Object.entries(counts)) {
    const mark = document.querySelector(`[data-count="${view}"]`);
    if (mark) mark.textContent = number;
  }
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = counts.team ? `(${counts.team}) ${title}` : title;
}

document.addEventListener("signoff:changes", async ({ detail }) => {
  count(detail.counts);
  if (detail.reset) {
    news.hidden = false;
    news.textContent = "The list has changed a lot: reload";
    news.dataset.reload = "";
    return;
  }
  if (!detail.tasks.length) return;
  const before = waiting.length;
  await Promise.all(detail.tasks.map((id) => update(id).catch(() => retry(id))));
  const added = waiting.length - before;
  if (added > 0) announce(added === 1 ? "1 new task" : `${added} new tasks`);
  if (busy()) paint();
  else insert();
});

news.addEventListener("click", () => {
  if ("reload" in news.dataset) location.reload();
  insert();
});

for (const control of document.querySelectorAll("[data-auto-submit]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}
