import { createServer } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import Koa, { type KoaContext } from "koa";
import { persistSession } from "../../../src/adapter/koa.ts";
import { listen, stop } from "../../support/listen.ts";
import { type Answer, apology, type Driver } from "../driver.ts";

export const koaDriver: Driver = {
  name: "Koa",
  node: true,
  catches: true,
  async start({ routes, sessions: options }) {
    const middleware = persistSession(options);
    const app = new Koa();
    const caught: unknown[] = [];
    // Koa prints what no listener takes.
    app.on("error", () => {});
    app.use(async (context, next) => {
      try {
        await next();
      } catch (error) {
        caught.push(error);
        context.status = 500;
        context.body = apology(error);
      }
    });
    app.use(middleware);
    app.use(async (context) => {
      const { req, res } = context;
      const { pathname, searchParams } = new URL(req.url ?? "/", "http://localhost");
      const route = routes[pathname];
      if (route === undefined) return;
      const answer = await route({
        request: context,
        query: searchParams,
        body: async () => await text(req),
        node: () => {
          context.respond = false;
          // Koa begins each answer as a 404.
          res.statusCode = 200;
          return { request: req, response: res };
        },
      });
      if (!answer.taken) send(context, answer);
    });
    const server = createServer(app.callback());
    const url = await listen(server);
    return { url, sessions: middleware.sessions, caught, close: async () => await stop(server) };
  },
};

function send(context: KoaContext, answer: Answer): void {
  if (answer.status !== undefined) context.status = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) context.set(name, value);
  if (answer.redirect !== undefined) context.redirect(answer.redirect);
  else if (answer.pieces !== undefined) context.body = Readable.from(answer.pieces());
  else if (answer.json !== undefined) context.body = answer.json;
  else context.body = answer.text ?? "";
}
