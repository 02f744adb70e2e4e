import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import {
  createSessions,
  currentSession,
  isPersistError,
  persist,
  restore,
  type Sessions,
  type SessionsOptions,
  sessionOf,
} from "../../src/index.ts";
import { persistSession } from "../../src/adapter/http.ts";
import { listen, stop } from "../support/listen.ts";

class Basket {
  items: string[] = [];
}
persist("from-request.basket", Basket);

const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

async function withSessions(
  options: SessionsOptions,
  work: (sessions: Sessions) => Promise<void>,
): Promise<void> {
  const sessions = createSessions({
    store: "memory:",
    secret: SECRET,
    sweepInterval: false,
    ...options,
  });
  try {
    await work(sessions);
  } finally {
    await sessions.close();
  }
}

const add = async (): Promise<void> => void (await restore(Basket)).items.push("tea");
const read = async (): Promise<number> => (await restore(Basket)).items.length;

/** The cookie that a response has set, as a browser sends it back. */
function pair(headers: Headers): string {
  return headers.get("set-cookie")?.split(";")[0] ?? "";
}

test("fromCookie() finds the session that setCookie() has given, and a visitor who stores nothing gets no cookie", async () => {
  await withSessions({}, async (sessions) => {
    const reader = sessions.fromCookie(null);
    assert.equal(await reader.run(read), 0);
    assert.equal(reader.setCookie(new Headers()).has("set-cookie"), false);

    const first = sessions.fromCookie(undefined, { secure: true });
    await first.run(add);
    const headers = first.setCookie(new Headers());
    assert.match(headers.get("set-cookie") ?? "", /^__Host-persist-session=\S+; Max-Age=2592000;/);
    assert.equal(headers.get("cache-control"), "private, no-cache");

    const again = sessions.fromCookie(pair(headers), { secure: true });
    assert.equal(await again.run(read), 1);
    assert.equal(again.session.id, first.session.id);
    // Over HTTP the prefixed cookie is not looked at.
    assert.equal(await sessions.fromCookie(pair(headers)).run(read), 0);
  });
});

test("setCookie() gives a Response that can be given away, also if its headers may not be changed, and leaves no-store alone", async () => {
  await withSessions({}, async (sessions) => {
    const visit = async (response: Response): Promise<Response> => {
      const scope = sessions.fromCookie("");
      await scope.run(add);
      return scope.setCookie(response);
    };
    const plain = new Response("a", { headers: { "cache-control": "no-store" } });
    const given = await visit(plain);
    assert.equal(given.headers.get("cache-control"), "no-store");
    assert.match(given.headers.get("set-cookie") ?? "", /^persist-session=/);
    assert.equal(await given.text(), "a");
    assert.equal(plain.headers.has("set-cookie"), false, "the app may give it to others");
    const redirect = await visit(Response.redirect("https://example.com/", 303));
    assert.equal(redirect.status, 303);
    assert.equal(redirect.headers.get("location"), "https://example.com/");
    assert.match(redirect.headers.get("set-cookie") ?? "", /^persist-session=/);
  });
});

test("setCookie() works on Node's response, and ends the cookie after a clear", async () => {
  await withSessions({}, async (sessions) => {
    const server = createServer((request, response) => {
      const scope = sessions.fromRequest(request.headers, { request });
      void scope
        .run(async () => {
          assert.equal(sessionOf(request), currentSession());
          if (request.url === "/add") await add();
          else if (request.url === "/clear") await currentSession().clear();
          return await read();
        })
        .then((count) => scope.setCookie(response).end(String(count)));
    });
    const url = await listen(server);
    try {
      const first = await fetch(`${url}/add`);
      const cookie = pair(first.headers);
      assert.equal(await (await fetch(`${url}/`, { headers: { cookie } })).text(), "1");
      const cleared = await fetch(`${url}/clear`, { headers: { cookie } });
      assert.match(cleared.headers.get("set-cookie") ?? "", /^persist-session=; Max-Age=0;/);
      assert.equal(await (await fetch(`${url}/`, { headers: { cookie } })).text(), "0");
    } finally {
      await stop(server);
    }
  });
});

test("run() commits what a handler changed before it threw, and its cookie is due", async () => {
  await withSessions({}, async (sessions) => {
    const scope = sessions.fromCookie(null);
    const failing = scope.run(async () => {
      await add();
      throw new Error("spilled");
    });
    await assert.rejects(failing, /spilled/);
    const cookie = pair(scope.setCookie(new Headers()));
    assert.equal(await sessions.fromCookie(cookie).run(read), 1);
  });
});

test("the cookie's name and attributes can be read", async () => {
  await withSessions({ cookie: { name: "shop", sameSite: "strict" } }, async (sessions) => {
    assert.deepEqual(sessions.cookie, {
      name: "shop",
      sameSite: "Strict",
      partitioned: false,
      domain: undefined,
      path: "/",
    });
    assert.deepEqual(
      [sessions.cookieName(true), sessions.cookieName(false)],
      ["__Host-shop", "shop"],
    );
  });
});

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

test("bearer: the token comes and goes in headers, changes with rotate(), and is emptied by clear()", async () => {
  await withSessions({ bearer: true }, async (sessions) => {
    const visit = async (headers: IncomingHttpHeaders, work: () => Promise<unknown>) => {
      const scope = sessions.fromRequest(headers);
      const result = await scope.run(work);
      return { result, headers: scope.setCookie(new Headers()) };
    };
    const first = await visit({}, add);
    const token = first.headers.get("session-token") ?? "";
    assert.equal(first.headers.has("set-cookie"), false);
    assert.equal(first.headers.get("cache-control"), "private, no-cache");
    assert.equal((await visit(bearer(token), read)).result, 1);
    assert.equal((await visit({ authorization: `bearer   ${token}` }, read)).result, 1);
    assert.equal((await visit({ authorization: "Basic YTpi" }, read)).result, 0);
    assert.equal((await visit(bearer("nonsense"), read)).result, 0);

    const rotated = await visit(bearer(token), async () => await currentSession().rotate());
    const next = rotated.headers.get("session-token") ?? "";
    assert.notEqual(next, token);
    assert.equal((await visit(bearer(token), read)).result, 0);
    assert.equal((await visit(bearer(next), read)).result, 1);
    const cleared = await visit(bearer(next), async () => await currentSession().clear());
    assert.equal(cleared.headers.get("session-token"), "");
    // What open() takes and `token` gives is the same token.
    assert.throws(() => sessions.fromCookie("a=b"), misuse("ERR_OPTION_INVALID"));
  });
});

test("bearer: a token in a cookie, and a cookie's value as a token, are ERR_TOKEN_MISPLACED in both modes", async () => {
  await withSessions({ bearer: true }, async (api) => {
    await withSessions({}, async (pages) => {
      const [token, cookie] = [(await api.open()).token, (await pages.open()).token];
      const asCookie = { cookie: `persist-session=${token}` };
      for (const [sessions, headers] of [
        [pages, asCookie],
        [api, asCookie],
        [api, bearer(cookie)],
        [pages, bearer(cookie)],
        [pages, bearer(token)],
      ] as const) {
        const scope = sessions.fromRequest(headers);
        const error = await scope.run(read).catch((thrown: unknown) => thrown);
        assert.ok(isPersistError(error, "ERR_TOKEN_MISPLACED"), String(error));
        assert.ok(!error.message.includes(token) && !error.message.includes(cookie));
      }
      // A token for another server is none of ours.
      assert.equal(await pages.fromRequest(bearer("eyJhbGciOiJIUzI1NiJ9.e30.sig")).run(read), 0);
      // A cookie that holds is enough, whatever else the request says.
      const both = { cookie: `persist-session=${cookie}`, ...bearer(token) };
      assert.equal(await pages.fromRequest(both).run(read), 0);
    });
  });
});

test("bearer: the adapters give the token by their answer", async () => {
  const persistence = persistSession({ store: "memory:", secret: SECRET, bearer: true });
  const server = createServer((request, response) =>
    persistence(request, response, async () => {
      const basket = await restore(Basket);
      if (request.method === "POST") basket.items.push("tea");
      response.end(String(basket.items.length));
    }),
  );
  const url = await listen(server);
  try {
    const first = await fetch(url, { method: "POST" });
    const token = first.headers.get("session-token") ?? "";
    assert.equal(first.headers.has("set-cookie"), false);
    const again = await fetch(url, { method: "POST", headers: bearer(token) });
    assert.equal(await again.text(), "2");
  } finally {
    await stop(server);
    await persistence.sessions.close();
  }
});

function misuse(code: Parameters<typeof isPersistError>[1]) {
  return (error: unknown): boolean => isPersistError(error, code);
}
