import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import express, { type RequestHandler } from "express";
import {
  createSessions,
  currentSession,
  persist,
  restore,
  type Sessions,
} from "../../src/index.ts";
import { persistSession } from "../../src/adapter/express.ts";
import { expose, liveEvents, type LiveEventsOptions } from "../../src/live/index.ts";
import { root } from "../project/imports.ts";
import type { Store } from "../../src/store/store.ts";

@persist("live.cart")
export class Cart {
  items: string[] = [];
  since: Date | undefined = undefined;
  secret = "not for the page";
}

/** Of the user whose name the cookie `user` says. */
@persist("live.profile", { owner: "user" })
class Profile {
  name = "";
}

export const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

/** Bundles a page's script as an app would. */
export async function bundle(entry: string, minify = false): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    minify,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputFiles[0]!.text;
}

/** An app whose page follows a cart. */
export interface LiveApp {
  readonly server: Server;
  readonly sessions: Sessions;
  /** How many streams were asked for so far. */
  readonly asked: () => number;
  /** What answers pages instead of the stream, until it is taken away. */
  instead: RequestHandler | undefined;
}

export async function makeApp(
  store: Store,
  script: string,
  options: LiveEventsOptions = {},
): Promise<LiveApp> {
  const sessions = createSessions({
    store,
    secret: SECRET,
    sweepInterval: false,
    log: () => {},
    identify: ({ headers }: IncomingMessage) =>
      /\buser=(\w+)/.exec(headers.cookie ?? "")?.[1] ?? null,
  });
  const app = express();
  let asked = 0;
  app.use(persistSession(sessions));
  app.get("/", (_request, response) => {
    response.send(
      '<p id="cart"></p><p id="status"></p><script type="module" src="/page.js"></script>',
    );
  });
  app.get("/page.js", (_request, response) => void response.type("js").send(script));
  app.get(
    "/live",
    (request, response, next) => {
      asked++;
      if (made.instead === undefined) next();
      else void made.instead(request, response, next);
    },
    liveEvents([expose(Cart, ["items", "since"]), expose(Profile, ["name"])], options),
  );
  app.get("/cookie", ({ headers }, response) => void response.json({ cookie: headers.cookie }));
  app.get("/sign-in", (_request, response) => void response.send("<p>Who are you?</p>"));
  app.post("/name/:name", async (request, response) => {
    (await restore(Profile)).name = request.params.name;
    response.send("named");
  });
  app.post("/add/:item", async (request, response) => {
    const cart = await restore(Cart);
    cart.items.push(request.params.item);
    cart.since = new Date(86_400_000);
    response.send("added");
  });
  app.post("/secret", async (_request, response) => {
    (await restore(Cart)).secret += "!";
    response.send("changed");
  });
  app.post("/clear", async (_request, response) => {
    await currentSession().clear();
    response.send("cleared");
  });
  app.post("/rotate", async (_request, response) => {
    await currentSession().rotate();
    response.send("rotated");
  });
  const made: LiveApp = {
    server: createServer(app),
    sessions,
    asked: () => asked,
    instead: undefined,
  };
  return made;
}
