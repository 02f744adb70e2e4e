import { state } from "persist-session";
import { nextSession } from "persist-session/next";
import { z } from "zod";

export const session = nextSession({ stateDir: process.env["STATE_DIR"] });

const row = z.object({
  id: z.number(),
  title: z.string(),
  owner: z.string(),
  amount: z.number(),
  done: z.boolean(),
});
export const bench = state(
  "bench",
  z.object({
    name: z.string().default(""),
    theme: z.string().default(""),
    count: z.number().default(0),
    rows: z.array(row).default([]),
  }),
);
