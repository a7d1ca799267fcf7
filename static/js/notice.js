// The strip over an open review page: who holds the task, whether it was decided meanwhile. It is
// exchanged as a whole; the form below is never touched, only its buttons when the task is closed.

import { fetchPartial } from "./partial.js";

const strip = document.querySelector("[data-notice]");
const form = document.querySelector("[data-decide]");

async function refresh() {
  const piece = await fetchPartial(strip.dataset.notice);
  if (!piece) {
    location.reload();
    return;
  }
  strip.replaceChildren(...piece.childNodes);
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
  const response = await fetch(claim.action, { method: "POST", body: new FormData(claim) });
  if (!response.ok || form.querySelector("fieldset[disabled]")) location.reload();
  else await refresh();
  strip.querySelector("[data-claim] button")?.focus();
});
