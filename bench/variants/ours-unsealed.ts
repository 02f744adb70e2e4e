import { ourServer } from "../our-app.ts";
import type { Variant } from "../variant.ts";

/** Values stand in the store as they are: what sealing costs is what the default is slower. */
export const variant: Variant = {
  start: async (directory) => await ourServer({ path: directory, encrypt: false }),
};
