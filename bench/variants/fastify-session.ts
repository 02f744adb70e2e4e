import { fastifyServer } from "../fastify-app.ts";
import { importPeer } from "../peer.ts";
import type { BenchState } from "../state.ts";
import type { Variant } from "../variant.ts";

export const variant: Variant = {
  start: async () => {
    const cookie = await importPeer<object>("@fastify/cookie");
    const session = await importPeer<object>("@fastify/session");
    return await fastifyServer(
      (request) => (request as typeof request & { session: BenchState }).session,
      async (app) => {
        await app.register(cookie);
        await app.register(session, {
          secret: "a secret of at least thirty-two letters",
          cookie: { secure: false },
          saveUninitialized: false,
        });
      },
    );
  },
};
