import { expressServer } from "../express-app.ts";
import type { BenchState } from "../state.ts";
import type { Variant } from "../variant.ts";

/** No session: one state for all, in a variable. What the framework itself costs. */
export const variant: Variant = {
  start: async () => {
    const state: BenchState = { name: "", theme: "", count: 0, rows: [] };
    return await expressServer({ open: () => state });
  },
};
