import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { fastify, type FastifyReply } from "fastify";
import { persistSession } from "../../../src/adapter/fastify.ts";
import { type Answer, apology, type Driver } from "../driver.ts";

export const fastifyDriver: Driver = {
  name: "Fastify",
  node: true,
  catches: true,
  async start({ routes, sessions: options }) {
    const plugin = persistSession(options);
    const app = fastify({ forceCloseConnections: true });
    await app.register(plugin);
    const caught: unknown[] = [];
    app.setErrorHandler(async (error, _request, reply) => {
      caught.push(error);
      return await reply.code(500).type("text/plain").send(apology(error));
    });
    for (const [path, route] of Object.entries(routes)) {
      app.route({
        method: ["GET", "POST"],
        url: path,
        handler: async (request, reply) => {
          const answer = await route({
            request,
            query: new URL(request.url, "http://localhost").searchParams,
            body: async () => request.body as string,
            node: () => {
              reply.hijack();
              return { request: request.raw, response: reply.raw };
            },
          });
          return answer.taken ? reply : await send(reply, answer);
        },
      });
    }
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      sessions: plugin.sessions,
      caught,
      close: async () => await app.close(),
    };
  },
};

async function send(reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  if (answer.status !== undefined) reply.code(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  if (answer.redirect !== undefined) return await reply.redirect(answer.redirect);
  if (answer.json !== undefined) return await reply.send(answer.json);
  if (answer.pieces !== undefined) return await reply.send(Readable.from(answer.pieces()));
  return await reply.send(answer.text);
}
