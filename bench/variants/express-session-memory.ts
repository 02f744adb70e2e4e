import { sessionMiddleware, sessionOf } from "../express-session.ts";
import { expressServer } from "../express-app.ts";
import type { Variant } from "../variant.ts";

export const variant: Variant = {
  start: async () => await expressServer({ open: sessionOf }, [await sessionMiddleware()]),
};
