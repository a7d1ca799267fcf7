// A part of the page that moves while the graph runs: fetched again while it is pending, and
// whenever something changes. Open details stay open.

import { fetchPartial } from "./partial.js";

const PENDING_MS = 700;
const SLOWEST_MS = 5000;

for (const part of document.querySelectorAll("[data-refresh]")) watch(part);

function watch(part) {
  let wait = PENDING_MS;
  let timer = 0;

  async function refresh() {
    clearTimeout(timer);
    const piece = await fetchPartial(part.dataset.refresh).catch(() => undefined);
    if (piece) swap(part, piece);
    if (piece === undefined || part.querySelector("[data-pending]")) {
      wait = Math.min(SLOWEST_MS, wait * 1.25);
      timer = setTimeout(refresh, wait);
    }
  }

  document.addEventListener("signoff:changes", ({ detail }) => {
    if (!detail.tasks.length) return;
    wait = PENDING_MS;
    refresh();
  });
  if (part.querySelector("[data-pending]")) timer = setTimeout(refresh, wait);
}

function swap(part, piece) {
  if (part.contains(document.activeElement) && document.activeElement !== part) return;
  const open = [...part.querySelectorAll("details")].map((one) => one.open);
  part.replaceChildren(...piece.childNodes);
  part.querySelectorAll("details").forEach((one, index) => (one.open = open[index] ?? false));
}
