import assert from "node:assert/strict";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { persistSession } from "../../src/adapter/http.ts";
import { persist, restore } from "../../src/index.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { gate } from "../sessions/fixture.ts";
import { until } from "../support/until.ts";

@persist("login.app")
class AppState {
  list: string[] = [];
}

const SECRET = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";
const who = (value: string | string[] | undefined) =>
  value === undefined ? undefined : value === "" ? null : String(value);

interface Options extends SessionsOptions {
  readonly store: Store;
}

/**
 * A server whose user is what the header says: undefined if it says nothing, no user if it is
 * empty.
 */
async function serve(t: TestContext, options: Options, before = async (_path: string) => {}) {
  const warnings: string[] = [];
  const adapter = persistSession({
    secret: SECRET,
    sweepInterval: false,
    identify: (incoming: IncomingMessage) => who(incoming.headers["x-user"]),
    log: (line) => void warnings.push(line),
    ...options,
  });
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = incoming.url ?? "";
    if (path.startsWith("/late/")) await before(path);
    const state = await restore(AppState);
    if (!path.startsWith("/late/")) await before(path);
    if (path === "/signs-in") incoming.headers["x-user"] = "ann";
    if (path.startsWith("/add/")) state.list.push(path.slice(5));
    if (path.startsWith("/late/")) state.list.push("late");
    if (path === "/stream") response.write("early ");
    response.end(JSON.stringify({ list: state.list }));
  };
  const server = createServer((incoming, response) =>
    adapter(incoming, response, async () => await handle(incoming, response)),
  ).listen(0, "127.0.0.1");
  await until("it listens", () => server.listening);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, warnings };
}

interface Answer {
  readonly list: string[];
  /** The cookie that the answer sets. */
  readonly cookie: string | undefined;
}

async function ask(server: Server, path: string, cookie?: string, user?: string): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return await new Promise((resolve, reject) => {
    const headers = {
      ...(cookie === undefined ? {} : { cookie }),
      ...(user === undefined ? {} : { "x-user": user }),
    };
    request({ port, path, headers, host: "127.0.0.1", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => {
        const [set] = response.headers["set-cookie"] ?? [];
        const isWhole = response.statusCode === 200;
        const { list = [] } = JSON.parse(isWhole ? text.replace("early ", "") : "{}") as {
          list?: string[];
        };
        resolve({ list, cookie: set?.split(";")[0] });
      });
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

test("a login gives the browser a new token with its states kept, and the old one opens nothing", async (t) => {
  const { server } = await serve(t, { store: memoryStore() });
  const first = (await ask(server, "/add/a")).cookie as string;
  const signedIn = await ask(server, "/signs-in", first);
  assert.deepEqual(signedIn.list, ["a"]);
  assert.notEqual(signedIn.cookie, undefined);
  assert.notEqual(signedIn.cookie, first);
  assert.deepEqual((await ask(server, "/", first)).list, []);
  const later = await ask(server, "/add/b", signedIn.cookie, "ann");
  assert.deepEqual([later.list, later.cookie], [["a", "b"], undefined]);
});

for (const user of [undefined, "bob"]) {
  test(`a request under way at a login, of ${user ?? "no one"}, stores nothing in a fresh session and sets no cookie`, async (t) => {
    const hold = gate();
    let waiting = 0;
    const { server } = await serve(t, { store: memoryStore() }, async (path) => {
      if (!path.startsWith("/late/")) return;
      waiting++;
      await hold.opened;
    });
    const first = (await ask(server, "/add/a")).cookie as string;
    const late = ask(server, "/late/", first, user);
    await until("it is under way", () => waiting === 1);
    const signedIn = await ask(server, "/signs-in", first);
    hold.open();
    // Its cookie would replace the new one, and the visitor's states with it.
    assert.deepEqual(await late, { list: [], cookie: undefined });
    assert.deepEqual((await ask(server, "/", signedIn.cookie, "ann")).list, ["a"]);
  });
}

test("another user and an explicit logout give a new token too; a request without a known user and the same user do not", async (t) => {
  const { server } = await serve(t, { store: memoryStore() });
  let cookie = (await ask(server, "/add/a")).cookie as string;
  const changes: boolean[] = [];
  for (const user of ["ann", "ann", undefined, "ann", "bob", "", "", "bob"]) {
    const answer = await ask(server, "/", cookie, user);
    assert.deepEqual(answer.list, ["a"]);
    changes.push(answer.cookie !== undefined && answer.cookie !== cookie);
    cookie = answer.cookie ?? cookie;
  }
  assert.deepEqual(changes, [true, false, false, false, true, true, false, true]);
});

test("a session that begins signed in keeps its id, and rotateOnLogin: false leaves all as it is", async (t) => {
  const { server } = await serve(t, { store: memoryStore() });
  const { cookie } = await ask(server, "/add/a", undefined, "ann");
  const back = await ask(server, "/", cookie, "ann");
  // The cookie is sent again once, for its full time.
  assert.ok(back.cookie === undefined || back.cookie === cookie);
  const off = await serve(t, { store: memoryStore(), rotateOnLogin: false });
  const anonymous = (await ask(off.server, "/add/a")).cookie as string;
  const later = await ask(off.server, "/add/b", anonymous, "ann");
  assert.ok(later.cookie === undefined || later.cookie === anonymous);
  assert.deepEqual(later.list, ["a", "b"]);
});

for (const name of ["one process", "two processes"]) {
  test(`parallel requests at the login end in one new session and lose nothing (${name})`, async (t) => {
    const store = memoryStore();
    const hold = gate();
    let waiting = 0;
    const before = async (path: string) => {
      if (!path.startsWith("/add/slow")) return;
      waiting++;
      await hold.opened;
    };
    const one = await serve(t, { store }, before);
    const two = name === "one process" ? one : await serve(t, { store }, before);
    const first = (await ask(one.server, "/add/a")).cookie as string;
    const slow = [one, two, one, two].map(
      async ({ server }, at) => await ask(server, `/add/slow${at}`, first, "ann"),
    );
    await until("all are under way", () => waiting === 4);
    hold.open();
    const cookies = new Set((await Promise.all(slow)).map(({ cookie }) => cookie));
    assert.deepEqual([cookies.size, cookies.has(undefined), cookies.has(first)], [1, false, false]);
    const [cookie] = cookies;
    const { list } = await ask(two.server, "/", cookie, "ann");
    assert.deepEqual(list.slice(0, 1), ["a"]);
    // One object in one process; between processes the last of one attribute wins, as always.
    if (two === one) assert.deepEqual(list.toSorted(), ["a", "slow0", "slow1", "slow2", "slow3"]);
    else assert.ok(list.length >= 3, list.join());
    assert.deepEqual((await ask(one.server, "/", first)).list, []);
    assert.deepEqual([one.warnings, two.warnings], [[], []]);
  });
}

test("a process that is late to note a login follows the one that was quicker (two processes)", async (t) => {
  const store = memoryStore();
  const isLate = gate();
  const hold = gate();
  let held = false;
  const write: Store["write"] = store.write.bind(store);
  const slow: Store = Object.assign(Object.create(store) as Store, {
    write: async (...args: Parameters<Store["write"]>) => {
      if (!held && args[1].some(({ state }) => state === "\u0001next")) {
        held = true;
        isLate.open();
        await hold.opened;
      }
      return await write(...args);
    },
  });
  const one = await serve(t, { store });
  const two = await serve(t, { store: slow });
  const first = (await ask(one.server, "/add/a")).cookie as string;
  const late = ask(two.server, "/add/b", first, "ann");
  await isLate.opened;
  const { cookie } = await ask(one.server, "/add/c", first, "ann");
  hold.open();
  assert.equal((await late).cookie, cookie);
  const again = await ask(two.server, "/", first, "ann");
  assert.deepEqual([again.cookie, again.list.slice(0, 1)], [cookie, ["a"]]);
});

test("a request with the old token and without the login is out, and stores nothing more", async (t) => {
  const hold = gate();
  let isWaiting = false;
  const { server, warnings } = await serve(t, { store: memoryStore() }, async (path) => {
    if (path !== "/add/late") return;
    isWaiting = true;
    await hold.opened;
  });
  const first = (await ask(server, "/add/a")).cookie as string;
  const late = ask(server, "/add/late", first).catch(() => undefined);
  await until("it is under way", () => isWaiting);
  const { cookie } = await ask(server, "/", first, "ann");
  hold.open();
  const told = await late;
  assert.ok(told?.cookie === undefined || told.cookie !== cookie);
  assert.deepEqual((await ask(server, "/", cookie, "ann")).list, ["a"]);
  assert.ok(warnings.length > 0);
});

test("an answer that never arrived loses nothing: the same person finds the session by the old token, another does not", async (t) => {
  const path = mkdtempSync(join(tmpdir(), "persist-login-"));
  const store = await openLmdbStore({ path });
  t.after(async () => {
    await store.close();
    rmSync(path, { recursive: true });
  });
  const { server } = await serve(t, { store });
  const first = (await ask(server, "/add/a")).cookie as string;
  const lost = await ask(server, "/", first, "ann");
  const again = await ask(server, "/", first, "ann");
  assert.deepEqual([again.list, again.cookie], [["a"], lost.cookie]);
  assert.deepEqual((await ask(server, "/", first, "bob")).list, []);
  assert.deepEqual((await ask(server, "/", first)).list, []);
});

test("a response whose headers have left changes nothing; the next one brings the new token", async (t) => {
  const { server } = await serve(t, { store: memoryStore() });
  const first = (await ask(server, "/add/a")).cookie as string;
  const streamed = await ask(server, "/stream", first, "ann");
  assert.ok(streamed.cookie === undefined || streamed.cookie === first);
  const next = await ask(server, "/", first, "ann");
  assert.deepEqual(next.list, ["a"]);
  assert.ok(next.cookie !== undefined && next.cookie !== first);
});

test("what the store keeps of who is signed in names no person, and an absolute lifetime begins anew at the login", async (t) => {
  let now = Date.now();
  t.mock.method(Date, "now", () => now);
  const store = memoryStore();
  const { server } = await serve(t, { store, maxLifetime: "2h" });
  const first = (await ask(server, "/add/a")).cookie as string;
  now += 3_600_000;
  const { cookie } = await ask(server, "/", first, "ann");
  now += 3_600_000;
  const later = await ask(server, "/", cookie, "ann");
  assert.deepEqual(later.list, ["a"]);
  for await (const { owner, states } of store.sessions())
    for (const state of states) {
      const { record } = await store.read(owner, state);
      for (const { bytes } of record?.attributes.values() ?? [])
        assert.ok(!Buffer.from(bytes ?? []).includes("ann"), `${owner} ${state}`);
    }
  now += 3_600_000;
  assert.deepEqual((await ask(server, "/", cookie, "ann")).list, []);
});
