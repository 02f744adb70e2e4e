import { ourServer } from "../our-app.ts";
import type { Variant } from "../variant.ts";

/** With defaults: embedded store, a commit survives the process being killed. */
export const variant: Variant = {
  start: async (directory) => await ourServer({ path: directory }),
};
