import { fastifyServer } from "../fastify-app.ts";
import type { BenchState } from "../state.ts";
import type { Variant } from "../variant.ts";

/** The baseline for @fastify/session. */
export const variant: Variant = {
  start: async () => {
    const state: BenchState = { name: "", theme: "", count: 0, rows: [] };
    return await fastifyServer(() => state);
  },
};
