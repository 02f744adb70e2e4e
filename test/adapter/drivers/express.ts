import { createServer } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import { persistSession } from "../../../src/adapter/express.ts";
import { type Answer, apology, type Driver } from "../driver.ts";
import { listen, stop } from "../../support/listen.ts";
import { nodeVisit } from "./node-answer.ts";

export const expressDriver: Driver = {
  name: "Express",
  node: true,
  catches: true,
  async start({ routes, sessions: options }) {
    const middleware = persistSession(options);
    const app = express();
    app.use(middleware);
    for (const [path, route] of Object.entries(routes)) {
      app.all(path, async (request, response) => {
        await reply(response, await route(nodeVisit(request, response)));
      });
    }
    const caught: unknown[] = [];
    app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
      caught.push(error);
      if (response.headersSent) next(error);
      else response.status(500).type("text").send(apology(error));
    });
    // Express prints what its own last handler gets.
    app.set("env", "test");
    const server = createServer(app);
    const url = await listen(server);
    return { url, sessions: middleware.sessions, caught, close: async () => await stop(server) };
  },
};

async function reply(response: Response, answer: Answer): Promise<void> {
  if (answer.taken) return;
  if (answer.status !== undefined) response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.redirect !== undefined) response.redirect(answer.redirect);
  else if (answer.json !== undefined) response.json(answer.json);
  else if (answer.pieces !== undefined) {
    for await (const piece of answer.pieces()) response.write(piece);
    response.end();
  } else if (answer.text === undefined) response.end();
  else response.type("text").send(answer.text);
}
