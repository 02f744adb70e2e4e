import { defineWebSocketHandler } from "nitro/h3";
import session from "../middleware/00.persist-session.ts";
import { hooks } from "../utils/hooks.ts";

export default defineWebSocketHandler(session.webSocket(hooks));
