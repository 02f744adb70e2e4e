// The live pad, and what is nicer with a script. Without one the page works all the same, by its forms.
const pad = /** @type {HTMLTextAreaElement} */ (element("pad"));
const { since } = document.body.dataset;

/** @type {WebSocket | undefined} */
let socket;
let wait = 250;
let dropped = false;
let shownNotes = "";
// Counts the visitor's changes: all, those under way, and those that the server has said are stored.
let typed = 0;
let sent = 0;
let saved = 0;

function connect() {
  show("connecting", "Connecting");
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`);
  socket.addEventListener("open", () => {
    wait = 250;
    sent = saved;
    show("online", "Connected");
    send();
  });
  socket.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  socket.addEventListener("close", () => {
    show("offline", "Disconnected, trying again. Go on typing.");
    // After the button: long enough to see it.
    setTimeout(connect, dropped ? 3000 : wait);
    wait = Math.min(wait * 2, 4000);
    dropped = false;
  });
}

/** One message at a time: the next one takes along all that was typed meanwhile. */
function send() {
  if (typed === saved || sent !== saved || socket?.readyState !== WebSocket.OPEN) return;
  sent = typed;
  socket.send(JSON.stringify({ since, text: pad.value }));
}

/**
 * @typedef {{ since: string, count: number, pad: string, theme: string, accent: string, notes: string }} Live
 * @param {{ pid?: number, at?: string, saved?: true, reload?: true, live?: Live }} message
 */
function receive({ pid, at, saved: stored, reload, live }) {
  if (reload) leave();
  if (live !== undefined) showLive(live);
  if (pid !== undefined && at !== undefined) showServer(pid, at);
  if (!stored) return;
  saved = sent;
  showSaved();
  send();
}

pad.addEventListener("input", () => {
  typed += 1;
  showSaved();
  send();
});
element("drop").addEventListener("click", () => {
  dropped = true;
  socket?.close();
});
addEventListener("beforeunload", (event) => {
  if (typed !== saved) event.preventDefault();
});

/**
 * Another tab of this browser has changed something, on this server or another one.
 *
 * @param {Live} live
 */
function showLive({ since: theirs, count, pad: text, theme, accent, notes }) {
  // A page of an older session loads the new one.
  if (theirs !== since) return leave();
  element("count").textContent = count;
  if (typed === saved && pad.value !== text) pad.value = text;
  Object.assign(document.documentElement.dataset, { theme, accent });
  if (shownNotes === notes) return;
  shownNotes = notes;
  // The server has escaped what visitors wrote, as it does in the whole page.
  element("note-list").innerHTML = notes;
  localTimes();
}

// A page that comes back from the browser's own cache shows an old moment.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) leave();
});

function leave() {
  // What is unsaved belongs to a session that has ended.
  saved = typed;
  location.reload();
}

/** @param {"connecting" | "online" | "offline"} state @param {string} text */
function show(state, text) {
  document.documentElement.dataset["connection"] = state;
  element("connection").textContent = text;
}

function showSaved() {
  element("saved").textContent = typed === saved ? "Saved" : "Not saved yet";
}

/** @param {number} pid @param {string} at */
function showServer(pid, at) {
  if (element("pid").textContent === String(pid)) return;
  element("pid").textContent = String(pid);
  element("kill").textContent = `kill -9 ${pid}`;
  element("started").dateTime = at;
  element("process").classList.add("changed");
  localTimes();
}

function localTimes() {
  for (const time of document.querySelectorAll("time")) {
    const format = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });
    time.textContent = new Date(time.dateTime).toLocaleString([], format);
  }
}

// After a form the page comes anew: at the same place, and with the same button in focus.
addEventListener("submit", () => {
  const place = { top: scrollY, focus: document.activeElement?.id ?? "" };
  sessionStorage.setItem("place", JSON.stringify(place));
});
const place = JSON.parse(sessionStorage.getItem("place") ?? "null");
sessionStorage.removeItem("place");
if (place !== null) {
  document.getElementById(place.focus)?.focus({ preventScroll: true });
  scrollTo(0, place.top);
}

/** @param {string} id @returns {any} */
function element(id) {
  return document.getElementById(id);
}

document.documentElement.classList.add("scripted");
localTimes();
connect();
