// The strip over an open review page: who holds the task, whether it was decided meanwhile. It is
// exchanged as a whole; the form below is never touched, only its buttons when the task is closed.

import { fetchPartial, retry } from "./partial.js";

const SOONEST_MS = 2000;
const LATEST_MS = 2 ** 31 - 1;

const strip = document.querySelector("[data-notice]");
const form = document.querySelector("[data-decide]");
let timer = 0;

// A claim lapses by itself: look again when its time is over.
function expire() {
  clearTimeout(timer);
  const until = strip.querySelector("[data-claim] time");
  if (!until) return;
  const left = new Date(until.dateTime) - Date.now();
  timer = setTimeout(refresh, Math.min(LATEST_MS, Math.max(SOONEST_MS, left)));
}

const refresh = () => load().catch(() => retry(strip.dataset.task));

async function load() {
  const piece = await fetchPartial(strip.dataset.notice);
  if (!piece) {
    location.reload();
    return;
  }
  strip.replaceChildren(...piece.childNodes);
  expire();
  if (strip.querySelector("[data-closed]")) {
    for (const button of form.querySelectorAll(".decision-bar button")) button.disabled = true;
  }
}

document.addEventListener("signoff:changes", ({ detail }) => {
  if (detail.reset || detail.tasks.includes(strip.dataset.task)) refresh();
});

// Claim and release without leaving the page, so that nothing typed is lost. When the lock changes
// and nothing was typed, the page is loaded again to show the form as it now is.
strip.addEventListener("submit", async (event) => {
  event.preventDefault();
  const claim = event.target;
  const sent = fetch(claim.action, { method: "POST", body: new FormData(claim) });
  const response = await sent.catch(() => null); // offline: the strip stays, and is tried again
  if (!response) retry(strip.dataset.task);
  else if (!response.ok || form.querySelector("fieldset[disabled]")) location.reload();
  else await refresh();
  strip.querySelector("[data-claim] button")?.focus();
});

expire();
