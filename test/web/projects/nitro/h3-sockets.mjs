// An app of h3 2 alone with WebSockets.
import { plugin as webSockets } from "crossws/server/node";
import { defineWebSocketHandler, H3, serve } from "h3";
import { restore } from "persist-session";
import { persistSession } from "persist-session/nuxt";
import { cart } from "./utils/cart.ts";
import { greetedHooks, hooks } from "./utils/hooks.ts";

const session = persistSession({ store: "memory:", secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi" });
const app = new H3({ silent: true });
app.use(session);
app.get("/", async () => (await restore(cart)).items);
app.post("/api/cart", async (event) => {
  const { items } = await restore(cart);
  items.push(await event.req.text());
  return items;
});
app.get("/full", defineWebSocketHandler(session.webSocket(hooks)));
app.get(
  "/greeted",
  defineWebSocketHandler(session.webSocket(greetedHooks, { cookieOnUpgrade: true })),
);
serve(app, { port: Number(process.env.PORT), hostname: "127.0.0.1", plugins: [webSockets({})] });
