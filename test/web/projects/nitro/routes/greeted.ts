import { defineWebSocketHandler } from "nitro/h3";
import session from "../middleware/00.persist-session.ts";
import { greetedHooks } from "../utils/hooks.ts";

export default defineWebSocketHandler(session.webSocket(greetedHooks, { cookieOnUpgrade: true }));
