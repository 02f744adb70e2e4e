import { ourServer } from "../our-app.ts";
import type { Variant } from "../variant.ts";

/** Reads with `peek` instead of `restore`. */
export const variant: Variant = {
  start: async (directory) => await ourServer({ path: directory, peek: true }),
};
