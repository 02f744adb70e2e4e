import { currentSession, peek, restore, watch } from "persist-session";
import { cart } from "./cart.ts";

interface Peer {
  send(text: string): unknown;
}

/** What the sockets of the test do. */
export const hooks = {
  async open(peer: Peer) {
    peer.send(`open ${JSON.stringify((await peek(cart)).items)}`);
    if (!currentSession().isNew)
      await watch(cart, ({ items }) => void peer.send(`now ${JSON.stringify(items)}`));
  },
  async message(peer: Peer, message: { text(): string }) {
    const text = message.text();
    if (text === "fail") throw new Error("as the test wants it");
    if (text === "end") {
      await currentSession().clear();
      peer.send("ended");
      return;
    }
    (await restore(cart)).items.push(text === "bad" ? (7 as unknown as string) : text);
    await currentSession().commit();
    peer.send(`stored ${text}`);
  },
  async close() {
    const { items } = await restore(cart);
    if (items.includes("milk")) items.push("closed");
  },
};

export const greetedHooks = {
  ...hooks,
  async upgrade({ headers }: { readonly headers: Headers }) {
    if (headers.has("x-refuse")) return new Response("no", { status: 418 });
    const note = headers.get("x-note");
    if (note !== null) (await restore(cart)).items.push(note);
    return { headers: note === null ? {} : { "set-cookie": "own=1" } };
  },
};
