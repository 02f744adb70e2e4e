import { state } from "persist-session";
import { nextSession } from "persist-session/next";
import { z } from "zod";

/** Opens the embedded store at the first use. */
export const session = nextSession({ stateDir: process.env["STATE_DIR"] });

export const themes = ["auto", "light", "dark"] as const;
export const accents = ["indigo", "teal", "rose", "amber"] as const;

const note = z.object({ id: z.string(), text: z.string().min(1).max(500), at: z.date() });
const settings = z.object({
  name: z.string().max(40),
  theme: z.enum(themes),
  accent: z.enum(accents),
  showTimes: z.boolean(),
});

export type Note = z.infer<typeof note>;
export type Settings = z.infer<typeof settings>;

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
