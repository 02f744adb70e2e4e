import assert from "node:assert/strict";
import { test } from "node:test";
import { withSession } from "../../src/adapter/hono.ts";
import { currentSession, PersistError, restore } from "../../src/index.ts";
import { gate } from "../sessions/fixture.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { heldStore } from "./held-store.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;
const request = (cookie = "", init: RequestInit = {}) =>
  new Request("http://localhost/", { ...init, headers: { cookie } });

/** A visitor whose state is stored: no answer has to wait for a decision about the cookie. */
async function known(handler: (request: Request) => Promise<Response>): Promise<string> {
  const response = await handler(request("", { method: "PUT" }));
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

const piece = (text: string) => new TextEncoder().encode(text);

/** A body that gives each piece when it is asked for it. */
function pulled(pieces: readonly (() => unknown)[], type?: "bytes"): ReadableStream {
  const left = [...pieces];
  const source = {
    async pull(controller: { enqueue(chunk: unknown): void; close(): void }) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(await next());
    },
  };
  return type === undefined ? new ReadableStream(source) : new ReadableStream({ ...source, type });
}

for (const type of [undefined, "bytes"] as const) {
  test(`promise 1 (Reload): a ${type ?? "plain"} stream may change the state with each piece, at once or later, and all is stored before its end`, async () => {
    const store = heldStore();
    const waits = gate();
    const handler = withSession(
      async ({ method }) => {
        const state = await restore(AppState);
        if (method === "PUT") state.count = 1;
        const add = (text: string) => {
          state.list.push(text);
          return piece(text);
        };
        return new Response(
          method === "PUT"
            ? "stored"
            : pulled(
                [
                  () => add("a"),
                  () => add("b"),
                  async () => {
                    await waits.opened;
                    return add("c");
                  },
                ],
                type,
              ),
        );
      },
      { ...options, store },
    );
    const cookie = await known(handler);
    const response = await handler(request(cookie));
    const { writes } = store;
    waits.open();
    assert.equal(await response.text(), "abc");
    assert.ok(store.writes > writes, "what came last is stored by then");
    const seen = withSession(
      async () => Response.json((await restore(AppState)).list),
      handler.sessions,
    );
    assert.deepEqual(await (await seen(request(cookie))).json(), ["a", "b", "c"]);
  });
}

for (const [what, make] of Object.entries({
  "a text": () => new Response("done"),
  JSON: () => Response.json("done"),
  bytes: () => new Response(piece("done")),
  "a blob": () => new Response(new Blob(["done"])),
  "an empty text": () => new Response(""),
  "a stream of several pieces at hand": () =>
    new Response(pulled(["d", "o", "n", "e"].map((text) => () => piece(text)))),
})) {
  test(`the scope has ended, and the objects are let go of, once ${what} is given away`, async () => {
    let kept: AppState | undefined;
    const handler = withSession(async ({ method }) => {
      kept = await restore(AppState);
      if (method === "PUT") kept.count++;
      const made = make();
      made.headers.append("set-cookie", "a=1");
      made.headers.append("set-cookie", "b=2");
      made.headers.set("x-mine", "1");
      return made;
    }, options);
    const cookie = await known(handler);
    const response = await handler(request(cookie));
    assert.throws(() => kept?.count, { code: "ERR_SCOPE_ENDED" });
    assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
    assert.equal(response.headers.get("x-mine"), "1");
    assert.equal(await response.text(), await make().text());
    const type = make().headers.get("content-type");
    assert.equal(response.headers.get("content-type"), type);
  });
}

test("a body whose first piece is none of bytes is a failure of that request alone", async () => {
  const handler = withSession(
    async ({ method }) =>
      new Response(method === "GET" ? pulled([() => null]) : pulled([() => piece("well")])),
    options,
  );
  await assert.rejects(handler(request()), TypeError);
  assert.equal(await (await handler(request("", { method: "POST" }))).text(), "well");
});

test("a body that is taken already is a failure of that request alone, and what was changed is kept", async () => {
  const handler = withSession(async () => {
    (await restore(AppState)).count++;
    const response = new Response("taken");
    await response.text();
    return response;
  }, options);
  await assert.rejects(handler(request()), TypeError);
  const counts = [];
  for await (const { states } of handler.sessions.list()) counts.push(...states);
  assert.deepEqual(counts, ["adapter.app"]);
});

test("promise 10 (Failure is loud): a body that fails after its first pieces fails for its reader, and is reported", async () => {
  const waits = gate();
  const failure = new Error("the body's own");
  const handler = withSession(
    async () =>
      new Response(
        pulled([
          () => piece("one"),
          async () => {
            await waits.opened;
            throw failure;
          },
        ]),
      ),
    options,
  );
  const reported: unknown[] = [];
  handler.sessions.on("error", ({ error }) => reported.push(error));
  const response = await handler(request());
  waits.open();
  await assert.rejects(response.text(), failure);
  assert.deepEqual(reported, [failure]);
});

test("a new visitor's stream that has restored a state waits a little for its end, each piece anew, and one that goes on begins", async () => {
  const begun = gate();
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
  };
  const handler = withSession(async ({ method }) => {
    await restore(AppState);
    const slowly = [1, 2, 3].map((number) => async () => {
      await turns(3);
      return piece(`${number}`);
    });
    const last = async () => {
      await begun.opened;
      return piece("4");
    };
    return new Response(pulled(method === "GET" ? slowly : [...slowly, last]));
  }, options);
  const reads = await handler(request());
  assert.deepEqual([await reads.text(), reads.headers.getSetCookie()], ["123", []]);
  const goesOn = await handler(request("", { method: "POST" }));
  begun.open();
  assert.equal(await goesOn.text(), "1234");
  assert.equal(goesOn.headers.getSetCookie().length, 1);
});

test("promise 10 (Failure is loud): what a text's handler has changed fails with its commit, and nothing is given away", async () => {
  const store = heldStore();
  const handler = withSession(
    async () => {
      (await restore(AppState)).count++;
      await currentSession().start();
      return Response.json("stored!");
    },
    { ...options, store },
  );
  store.failing.write = new PersistError("ERR_STORE_FULL", "full, as this test has it");
  await assert.rejects(handler(request()), { code: "ERR_STORE_FULL" });
});
