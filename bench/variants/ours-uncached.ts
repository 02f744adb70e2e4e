import { ourServer } from "../our-app.ts";
import type { Variant } from "../variant.ts";

/**
 * What a request costs whose session this process has not seen lately: every record is read from
 * the store.
 */
export const variant: Variant = {
  start: async (directory) => await ourServer({ path: directory, cacheBytes: 0 }),
};
