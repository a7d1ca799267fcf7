// Fetches a piece of a page from an ordinary view. The only module that turns text into HTML:
// what it parses is rendered, and escaped, by our own templates.

export class SessionEnded extends Error {}

// The first element of the piece, or null when it is gone or not ours to see.
export async function fetchPartial(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (response.redirected) throw new SessionEnded();
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${response.status} from ${url}`);
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  return document.importNode(parsed.body, true);
}

export async function fetchJson(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (response.redirected) throw new SessionEnded();
  if (!response.ok) throw new Error(`${response.status} from ${url}`);
  return response.json();
}

// What could not be fetched is told again: live.js adds the task to its next "signoff:changes".
export function retry(task) {
  document.dispatchEvent(new CustomEvent("signoff:retry", { detail: task }));
}

let last = 0;

// Tells screen readers, at most every few seconds.
export function announce(text) {
  const region = document.querySelector("[data-announce]");
  if (!region || Date.now() - last < 3000) return;
  last = Date.now();
  region.textContent = text;
}
