// What crossws of either version asks of the hooks. test/web drives them over real sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessions, peek, restore, sessionOf, state } from "../../src/index.ts";
import { persistSession, type WebSocketHooksLike } from "../../src/adapter/nuxt.ts";
import { until } from "../support/until.ts";
import { z } from "zod";
import { SECRET } from "./fixture.ts";

const list = state("nuxt.sockets", z.object({ items: z.array(z.string()).default([]) }));

class Peer {
  readonly sent: string[] = [];
  closed: [number, string] | undefined;
  readonly context: Record<symbol, unknown>;

  constructor(context: object) {
    this.context = { ...context };
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(code: number, reason: string): void {
    this.closed = [code, reason];
  }
}

/** A request of an upgrade; `context` as crossws 0.3 has it, and 0.4 has not. */
function upgradeOf(headers: Record<string, string> = {}, context?: object) {
  const request = new Request("http://shop.example/socket", {
    headers: { upgrade: "websocket", host: "shop.example", ...headers },
  });
  return Object.assign(request, context === undefined ? {} : { context });
}

const hooks = {
  async upgrade({ headers }: Request): Promise<object | undefined> {
    const item = headers.get("x-item");
    if (item === null) return undefined;
    (await restore(list)).items.push(item);
    return { headers: { "x-own": "yes" }, context: { own: true }, namespace: "n" };
  },
  async message(peer: Peer, message: string): Promise<void> {
    if (message === "bad") (await restore(list)).items.push(7 as unknown as string);
    else if (message === "clear") await sessionOf(peer).clear();
    else peer.send((await peek(list)).items.join());
  },
};

for (const [version, context] of [
  ["0.3", {}],
  ["0.4", undefined],
] as const) {
  test(`the hooks of crossws ${version}: the upgrade sets the cookie, and its session is the socket's`, async () => {
    const session = persistSession({ store: "memory:", secret: SECRET });
    try {
      const wrapped = session.webSocket(hooks);
      const request = upgradeOf({ "x-item": "tea" }, context);
      const answer = (await wrapped.upgrade(request)) as {
        headers: Headers;
        context: object;
        namespace: string;
      };
      assert.match(answer.headers.get("set-cookie") ?? "", /persist-session/);
      assert.equal(answer.headers.get("x-own"), "yes");
      assert.equal(answer.namespace, "n");
      const peer = new Peer(context ?? answer.context);
      if (context === undefined) assert.equal((peer.context as { own?: boolean }).own, true);
      await wrapped.message(peer, "look");
      await until("it answers", () => peer.sent.length > 0);
      assert.deepEqual(peer.sent, ["tea"]);
      await wrapped.message(peer, "bad");
      await until("it is closed", () => peer.closed !== undefined);
      assert.deepEqual(peer.closed, [1011, "ERR_SCHEMA_MISMATCH"]);
    } finally {
      await session.sessions.close();
    }
  });
}

test("sockets of one session end with it, and not before the hook that ended it", async () => {
  const session = persistSession({ store: "memory:", secret: SECRET });
  try {
    const wrapped = session.webSocket(hooks);
    const begun = (await wrapped.upgrade(upgradeOf({ "x-item": "tea" }))) as {
      headers: Headers;
      context: object;
    };
    const cookie = begun.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const [one, other, closed] = await Promise.all(
      [1, 2, 3].map(async () => {
        const { context } = (await wrapped.upgrade(upgradeOf({ cookie }))) as { context: object };
        const peer = new Peer(context);
        await wrapped.message(peer, "look");
        await until("it answers", () => peer.sent.length > 0);
        return peer;
      }),
    );
    (wrapped as WebSocketHooksLike).close?.(closed, { code: 1000 });
    await wrapped.message(one as Peer, "clear");
    await until("both are closed", () => one?.closed !== undefined && other?.closed !== undefined);
    assert.deepEqual([one?.closed?.[0], other?.closed?.[0]], [4401, 4401]);
    assert.equal(closed?.closed, undefined, "it has left before");
  } finally {
    await session.sessions.close();
  }
});

test("a foreign page is refused before the app's own hook; without sessions the upgrade is answered with 500", async (t) => {
  const session = persistSession({ store: "memory:", secret: SECRET, log: () => {} });
  const asked: string[] = [];
  const own = { upgrade: async (request: Request): Promise<unknown> => asked.push(request.url) };
  const foreign = (await session
    .webSocket(own)
    .upgrade(upgradeOf({ origin: "https://other.example" }))) as Response;
  assert.equal(foreign.status, 403);
  assert.deepEqual(asked, []);
  await session.sessions.close();

  const said = t.mock.method(console, "error", () => {});
  const unmade = persistSession({ ttl: "soon" as never }).webSocket(own);
  assert.equal(((await unmade.upgrade(upgradeOf())) as Response).status, 500);
  assert.match(String(said.mock.calls[0]?.arguments[0]), /ttl/);
});

test("a cookie that cannot be given is a 500, and is reported", async () => {
  const session = persistSession({
    store: "memory:",
    secret: SECRET,
    cookie: { sameSite: "none" },
  });
  const codes: unknown[] = [];
  session.sessions.on("error", ({ error }) => codes.push((error as { code?: unknown }).code));
  try {
    const wrapped = session.webSocket(hooks);
    const answer = (await wrapped.upgrade(upgradeOf({ "x-item": "tea" }))) as Response;
    assert.deepEqual([answer.status, codes], [500, ["ERR_OPTION_INVALID"]]);
  } finally {
    await session.sessions.close();
  }
});

test("what the hook of the upgrade throws answers it, as crossws has it; what is no answer is a 500, and is reported", async () => {
  const session = persistSession({ store: "memory:", secret: SECRET });
  const reported: unknown[] = [];
  session.sessions.on("error", ({ error }) => reported.push(error));
  const failure = new Error("as the test wants it");
  const thrown = [
    new Response("no", { status: 401 }),
    Object.assign(new Error("no"), { response: new Response("no", { status: 402 }) }),
    failure,
    undefined,
  ];
  try {
    const statuses: number[] = [];
    for (const one of thrown) {
      const { upgrade } = session.webSocket({
        async upgrade(this: void) {
          (await restore(list)).items.push("stored");
          // oxlint-disable-next-line typescript/only-throw-error -- what is thrown may be anything
          throw one;
        },
      });
      const answer = (await (upgrade as (request: Request) => unknown)(upgradeOf())) as Response;
      statuses.push(answer.status);
      // What was stored all the same must be found again.
      assert.match(answer.headers.get("set-cookie") ?? "", /persist/);
    }
    assert.deepEqual(statuses, [401, 402, 500, 500]);
    assert.deepEqual(reported, [failure, undefined]);
  } finally {
    await session.sessions.close();
  }
});

test("crossws 0.3 believes anyone's X-Forwarded-Proto; the socket has the session of the pages all the same", async () => {
  const session = persistSession({ store: "memory:", secret: SECRET });
  try {
    const wrapped = session.webSocket(hooks);
    const upgrade = async (scheme: string, headers: Record<string, string>) => {
      const context = {};
      const request = Object.assign(upgradeOf(headers, context), {
        _req: { socket: { remoteAddress: "127.0.0.1" } },
      });
      Object.defineProperty(request, "url", { value: `${scheme}://shop.example/socket` });
      return { context, answer: (await wrapped.upgrade(request)) as { headers: Headers } };
    };
    const { answer } = await upgrade("http", { "x-item": "tea" });
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    const { context } = await upgrade("https", { cookie });
    const peer = new Peer(context);
    await wrapped.message(peer, "look");
    await until("it answers", () => peer.sent.length > 0 || peer.closed !== undefined);
    assert.deepEqual(peer.sent, ["tea"]);
  } finally {
    await session.sessions.close();
  }
});

test("a hook that refuses by a Response of another fetch refuses", async () => {
  class OtherResponse {
    readonly status = 403;
    get ok(): boolean {
      return false;
    }
  }
  const session = persistSession({ store: "memory:", secret: SECRET });
  try {
    const refusal = new OtherResponse();
    const wrapped = session.webSocket({ upgrade: (_request: Request) => refusal });
    // The hook of this test gives no promise; what is wrapped always does.
    const answer: unknown = wrapped.upgrade(upgradeOf({}, {}));
    assert.equal(await answer, refusal);
  } finally {
    await session.sessions.close();
  }
});

test("hooks that were given their session twice have one: one cookie, and each change counts once", async () => {
  const sessions = createSessions({ store: "memory:", secret: SECRET });
  const [one, two] = [persistSession(sessions), persistSession(sessions)];
  for (const outer of [one, two]) {
    const wrapped = outer.webSocket(one.webSocket(hooks));
    const answer = (await wrapped.upgrade(upgradeOf({ "x-item": "tea" }))) as {
      headers: Headers;
      context: object;
    };
    assert.equal(answer.headers.getSetCookie().length, 1);
    const peer = new Peer(answer.context);
    await wrapped.message(peer, "look");
    await until("it answers", () => peer.sent.length > 0);
    assert.deepEqual(peer.sent, ["tea"]);
    (wrapped as WebSocketHooksLike).close?.(peer, {});
  }
  await sessions.close();
});
