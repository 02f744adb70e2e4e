import { createServer } from "node:http";
import { persistSession } from "../../../src/adapter/http.ts";
import type { Driver } from "../driver.ts";
import { listen, stop } from "../../support/listen.ts";
import { answerByHand, nodeVisit } from "./node-answer.ts";

export const nodeHttp: Driver = {
  name: "node:http",
  node: true,
  catches: false,
  async start({ routes, sessions: options }) {
    const persist = persistSession(options);
    const server = createServer((request, response) => {
      persist(request, response, async () => {
        const { pathname } = new URL(request.url ?? "/", "http://localhost");
        const route = routes[pathname];
        if (route === undefined) throw new Error(`no route ${pathname}`);
        await answerByHand(response, await route(nodeVisit(request, response)));
      });
    });
    const url = await listen(server);
    const { sessions } = persist;
    return { url, sessions, caught: [], close: async () => await stop(server) };
  },
};
