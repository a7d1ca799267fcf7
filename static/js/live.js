// One socket per page. Its messages are only signals: whatever they say, the page asks one view
// what changed since its cursor and tells the other modules by a "signoff:changes" event. The
// same question is asked after a gap, after a reconnect, and every few seconds without a socket.

import { SessionEnded, fetchJson } from "./partial.js";

const POLL_MS = 5000;
const COALESCE_MS = 40;
const SILENCE_MS = 30000; // the server beats every ten seconds
const MAX_BACKOFF_MS = 15000;

const page = document.body.dataset;
let cursor = JSON.parse(page.cursor);
let asking = false;
let again = false;
let timer = 0;
let attempt = 0;
let heard = 0;
let socket = null;
const missed = new Set();

function show(state, text = "") {
  const mark = document.querySelector("[data-connection]");
  if (!mark || mark.dataset.connection === state) return;
  mark.dataset.connection = state;
  mark.textContent = text;
  mark.hidden = !text;
}

function ask(delay = COALESCE_MS) {
  clearTimeout(timer);
  timer = setTimeout(catchUp, delay);
}

async function catchUp() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const since = encodeURIComponent(JSON.stringify(cursor));
    const found = await fetchJson(`${page.changes}?since=${since}`);
    cursor = found.cursor;
    found.tasks = [...new Set([...missed, ...found.tasks])];
    missed.clear();
    if (socket?.readyState === WebSocket.OPEN) show("live");
    else show("polling", "Live updates are slow: reconnecting…");
    document.dispatchEvent(new CustomEvent("signoff:changes", { detail: found }));
  } catch (error) {
    if (error instanceof SessionEnded) {
      show("signed-out", "You are signed out. Sign in again in another tab.");
    } else {
      show("offline", "Offline: showing what was last seen");
    }
  } finally {
    asking = false;
    if (again) {
      again = false;
      ask();
    }
  }
}

function newer(theirs) {
  return Object.keys({ ...theirs, ...cursor }).some((slug) => theirs[slug] !== cursor[slug]);
}

function receive(event) {
  heard = Date.now();
  const message = JSON.parse(event.data);
  if (message.type === "hello" || message.type === "beat") {
    show("live");
    attempt = 0;
    if (newer(message.cursor)) ask();
  } else if (!(message.seq <= cursor[message.queue])) {
    ask();
  }
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}${page.live}`);
  heard = Date.now();
  socket.addEventListener("message", receive);
  socket.addEventListener("close", () => {
    attempt += 1;
    const wait = Math.min(MAX_BACKOFF_MS, 500 * 2 ** attempt) * (0.5 + Math.random() / 2);
    setTimeout(connect, wait);
  });
}

setInterval(() => {
  const open = socket?.readyState === WebSocket.OPEN;
  if (open && Date.now() - heard > SILENCE_MS) socket.close();
  if ((!open || missed.size) && !document.hidden) ask(0);
}, POLL_MS);

document.addEventListener("signoff:retry", ({ detail }) => missed.add(detail));

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ask(0);
});
window.addEventListener("online", () => ask(0));
window.addEventListener("pageshow", (event) => {
  if (event.persisted) ask(0);
});

connect();
