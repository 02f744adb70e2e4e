// State that survives the reload. Start it with `npm start`, then try to lose what you did.
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import express from "express";
import {
  createSessions,
  currentSession,
  isPersistError,
  restore,
  sessionOf,
} from "persist-session";
import { healthHandler, persistSession } from "persist-session/express";
import { persistSession as persistSocket } from "persist-session/ws";
import { WebSocketServer } from "ws";
import { listen, onStop } from "./listen.ts";
import { options } from "./options.ts";
import { AppState } from "./state.ts";
import { failurePage, live, page } from "./views.ts";

const started = { pid: process.pid, at: new Date() };
const sessions = createSessions({
  stateDir: options.stateDir,
  ttl: options.ttl,
  ...(options.store !== undefined && { store: options.store }),
});
const app = express();

app.disable("x-powered-by");
app.use((_request, response, next) => {
  response.set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
  next();
});
app.use(express.static(fileURLToPath(new URL("public", import.meta.url))));
app.use(express.urlencoded({ extended: false, limit: "128kb" }));
app.use((request, _response, next) => {
  request.body ??= {};
  next();
});
app.use(healthHandler(sessions));
app.use(persistSession(sessions));

app.get("/", async (request, response) => {
  const state = await restore(AppState);
  // Something to keep: this gives a first visitor the cookie, which the WebSocket needs.
  state.views += 1;
  const server = { ...started, port: request.socket.localPort };
  response.set("Cache-Control", "no-store").type("html").send(page(state, server));
});

app.post("/count", async (request, response) => {
  const step = request.body.step === "-1" ? -1 : 1;
  // Exact also where two servers share the state directory and count at the same moment.
  await currentSession().update(AppState, (state) => {
    state.count += step;
  });
  response.redirect(303, "/");
});

app.post("/notes", async (request, response) => {
  const state = await restore(AppState);
  state.addNote(String(request.body.text ?? ""));
  response.redirect(303, "/");
});

app.post("/notes/delete", async (request, response) => {
  const state = await restore(AppState);
  if (request.body.all === "yes") state.notes = [];
  else state.deleteNote(String(request.body.id));
  response.redirect(303, "/");
});

app.post("/pad", async (request, response) => {
  const state = await restore(AppState);
  state.writePad(String(request.body.text ?? ""));
  response.redirect(303, "/");
});

app.post("/settings", async (request, response) => {
  const state = await restore(AppState);
  state.changeSettings(request.body);
  response.redirect(303, "/");
});

app.post("/clear", async (_request, response) => {
  await currentSession().clear();
  // The first write of the new session: so every tab of this browser goes on under one new cookie.
  const state = await restore(AppState);
  state.since = new Date();
  response.redirect(303, "/");
});

app.use(((error, _request, response, next) => {
  if (response.headersSent) return next(error);
  console.error(error);
  response
    .status(error.status ?? 500)
    .type("html")
    .send(failurePage(error));
}) satisfies express.ErrorRequestHandler);

const server = createServer(app);
const sockets = new WebSocketServer({ server, maxPayload: 128 * 1024 });
// It lets in the pages of this origin alone.
persistSocket(sockets, sessions);

sockets.on("connection", (socket) => {
  socket.send(JSON.stringify({ pid: started.pid, at: started.at }));
  // What another tab, or another server, changes shows here without a reload. Ends with the socket.
  const show = (state: AppState) => socket.send(JSON.stringify({ live: live(state) }));
  sessionOf(socket)
    .watch(AppState, show, { immediate: true })
    // No cookie, or one of a session that has just ended: the page connects again with its new one.
    .catch((error: unknown) => socket.close(1011, isPersistError(error) ? error.code : "error"));
  socket.on("message", async (data: Buffer) => {
    const message = JSON.parse(data.toString());
    const state = await restore(AppState);
    // A tab that was opened before a clear must not write what it still shows.
    if (message.since !== state.since.toISOString()) return socket.send('{"reload":true}');
    state.writePad(String(message.text));
    await currentSession().commit();
    socket.send('{"saved":true}');
  });
});

onStop(async () => {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets.clients) socket.close(1001, "The server is being restarted.");
  setTimeout(() => server.closeAllConnections(), 2000).unref();
  await closed;
  await sessions.close();
});

await sessions.ready;
console.log(`Open ${await listen(server, options.port)} (Ctrl-C stops it, process ${process.pid})`);
