import { state } from "persist-session";
import { z } from "zod";
import { accents, themes } from "../choices";

const note = z.object({ id: z.string(), text: z.string().min(1).max(500), at: z.date() });
const settings = z.object({
  name: z.string().max(40),
  theme: z.enum(themes),
  accent: z.enum(accents),
  showTimes: z.boolean(),
});

/**
 * What one browser does here. The key is that of the other examples: in one browser they show the
 * same.
 */
export const app = state(
  "app-state",
  z.object({
    count: z.number().int().default(0),
    notes: z.array(note).max(100).default([]),
    settings: settings.default({ name: "", theme: "auto", accent: "indigo", showTimes: true }),
  }),
);
