import { ourServer } from "../our-app.ts";
import type { Variant } from "../variant.ts";

/** Each commit waits for the disk, as session-file-store does. */
export const variant: Variant = {
  start: async (directory) => await ourServer({ path: directory, durability: "disk" }),
};
