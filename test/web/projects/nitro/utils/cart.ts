import { state } from "persist-session";
import { z } from "zod";

export const cart = state("cart", z.object({ items: z.array(z.string()).default([]) }));
