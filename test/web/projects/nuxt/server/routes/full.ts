import session from "../plugins/persist-session";

export default defineWebSocketHandler(session.webSocket(hooks));
