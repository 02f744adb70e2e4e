import assert from "node:assert/strict";
import { test } from "node:test";
import { bundle } from "./app.ts";

interface Client {
  live(
    this: void,
    key: string,
  ): {
    readonly value: unknown;
    readonly known: boolean;
    subscribe(run: (value: unknown) => void): () => void;
  };
}

test("on a server that renders a page, a live state is undefined and connects nothing", async () => {
  const script = await bundle("src/client/index.ts");
  const { live } = (await import(`data:text/javascript,${encodeURIComponent(script)}`)) as Client;
  const asked: unknown[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (url) => {
    asked.push(url);
    throw new Error("a server must not ask itself");
  };
  try {
    const seen: unknown[] = [];
    const cart = live("cart");
    const stops = [1, 2].map(() => cart.subscribe((value) => seen.push(value)));
    for (const stop of stops) stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      [seen, cart.value, cart.known, asked],
      [[undefined, undefined], undefined, false, []],
    );
  } finally {
    globalThis.fetch = fetch;
  }
});

test("on a server, useLive() gives the first value whichever React renders: it may be another one than the installed", async () => {
  const script = await bundle("src/client/react.ts");
  const { useLive } = (await import(`data:text/javascript,${encodeURIComponent(script)}`)) as {
    useLive(this: void, key: string, initial?: object): unknown;
  };
  const initial = { items: ["tea"] };
  // No renderer of this React is at work, as under Next, which renders by its own.
  assert.equal(useLive("cart", initial), initial);
  assert.equal(useLive("cart"), undefined);
});
