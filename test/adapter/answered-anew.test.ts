import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { persistSession as persistAstro } from "../../src/adapter/astro.ts";
import { Hono } from "hono";
import { persistSession as persistHono, withSession } from "../../src/adapter/hono.ts";
import { createSessions, currentSession, persist, restore } from "../../src/index.ts";
import { SECRET } from "./fixture.ts";
import { add, contextOf } from "./twice-apps.ts";

@persist("answered-anew.mine", { owner: "user" })
class Mine {
  seen = 0;
}

const options = { store: "memory:", secret: SECRET, sweepInterval: false, log: () => {} } as const;

const failure = new Error("of the handler");

const fails = async (work: () => Promise<unknown>): Promise<never> => {
  await work();
  throw failure;
};

const asked = (cookie?: string): Request =>
  new Request("http://localhost/", cookie === undefined ? {} : { headers: { cookie } });

const cookieOf = ({ headers }: Response): string => {
  const [line = "", ...more] = headers.getSetCookie();
  assert.deepEqual(more, []);
  return line.split(";", 1)[0] ?? "";
};

/**
 * Runs an app that throws, and then its error page, as Astro does: another context, one request.
 */
function pagesOf(sessions: ReturnType<typeof createSessions>) {
  const middleware = persistAstro(sessions);
  const page = async (request: Request, next: () => Promise<Response>) =>
    await middleware(contextOf(request, {}), next);
  return async (
    request: Request,
    work: () => Promise<unknown>,
    errorPage = async (): Promise<Response> => new Response("sorry", { status: 500 }),
  ): Promise<Response> => {
    await assert.rejects(
      page(request, async () => await fails(work)),
      failure,
    );
    return await page(request, errorPage);
  };
}

describe("a request that is answered anew after its handler has thrown", () => {
  test("a new visitor's cookie comes with the error page, also if that uses no state", async () => {
    const sessions = createSessions(options);
    const answer = pagesOf(sessions);
    const response = await answer(asked(), async () => await add("kept"));
    const cookie = cookieOf(response);
    assert.equal(response.status, 500);
    const shown = await answer(
      asked(cookie),
      async () => await add("more"),
      async () => Response.json(await add("page")),
    );
    assert.deepEqual(await shown.json(), ["kept", "more", "page"]);
    assert.deepEqual(shown.headers.getSetCookie(), []);
    await sessions.close();
  });

  test("rotate() and a throw: the error page tells the browser its new id, and the states go on", async () => {
    const sessions = createSessions(options);
    const answer = pagesOf(sessions);
    const cookie = cookieOf(await answer(asked(), async () => await add("before")));
    const rotated = cookieOf(
      await answer(asked(cookie), async () => {
        await add("login");
        await currentSession().rotate({ login: true });
      }),
    );
    assert.notEqual(rotated, cookie);
    const list = await answer(
      asked(rotated),
      async () => {},
      async () => Response.json(await add("after")),
    );
    assert.deepEqual(await list.json(), ["before", "login", "after"]);
    await sessions.close();
  });

  test("clear() and a throw: the error page ends the cookie", async () => {
    const sessions = createSessions(options);
    const answer = pagesOf(sessions);
    const cookie = cookieOf(await answer(asked(), async () => await add("before")));
    const cleared = await answer(asked(cookie), async () => await currentSession().clear());
    assert.match(cleared.headers.getSetCookie().join(), /Max-Age=0/);
    await sessions.close();
  });

  test("changes whose commit has failed stay behind, and the error page is shown", async () => {
    const sessions = createSessions({ ...options, limits: { attribute: 200 } });
    const answer = pagesOf(sessions);
    const response = await answer(
      asked(),
      async () => await add("x".repeat(1000)),
      async () => Response.json(await add("page")),
    );
    assert.deepEqual(await response.json(), ["page"]);
    await sessions.close();
  });

  test("a login that identify reports goes on as one", async () => {
    let user: string | null = null;
    const sessions = createSessions({ ...options, identify: () => user });
    const answer = pagesOf(sessions);
    const cookie = cookieOf(await answer(asked(), async () => await add("before")));
    const response = await answer(asked(cookie), async () => {
      user = "alice";
      (await restore(Mine)).seen++;
      await add("signed in");
    });
    const after = cookieOf(response);
    assert.notEqual(after, cookie);
    const list = await answer(
      asked(after),
      async () => {},
      async () => Response.json(await add("after")),
    );
    assert.deepEqual(await list.json(), ["before", "signed in", "after"]);
    await sessions.close();
  });

  test("Astro: a page that is not found is answered by its own, with one cookie", async () => {
    const middleware = persistAstro(options);
    const request = asked();
    const first = await middleware(contextOf(request, {}), async () => {
      await add("first");
      return new Response(null, { status: 404 });
    });
    const second = await middleware(contextOf(request, {}), async () =>
      Response.json(await add("page")),
    );
    assert.deepEqual(await second.json(), ["first", "page"]);
    // Astro sends those of both.
    const told = [...first.headers.getSetCookie(), ...second.headers.getSetCookie()];
    assert.equal(told.length, 1);
    const reading = await middleware(contextOf(asked(), {}), async () => new Response(null));
    assert.deepEqual(reading.headers.getSetCookie(), []);
  });

  test("Hono: what it does not answer itself, since no Error was thrown", async () => {
    const app = new Hono();
    app.use(persistHono(options));
    let isFailing = true;
    app.get("/", async (context) => {
      const list = await add("kept");
      // oxlint-disable-next-line typescript/only-throw-error -- that is what is tested
      if (isFailing) throw "no Error";
      return context.json(list);
    });
    const request = asked();
    await assert.rejects(
      async () => await app.fetch(request),
      (error) => error === "no Error",
    );
    isFailing = false;
    const response = await app.fetch(request);
    assert.deepEqual(await response.json(), ["kept", "kept"]);
    assert.match(cookieOf(response), /^persist-session/);
  });

  test("withSession(): an app's own answer to the failure, made by another call", async () => {
    const handler = withSession(async () => await fails(async () => await add("kept")), options);
    const sorry = withSession(async () => Response.json(await add("sorry")), handler.sessions);
    const request = asked();
    await assert.rejects(handler(request), failure);
    const response = await sorry(request);
    assert.deepEqual(await response.json(), ["kept", "sorry"]);
    const cookie = cookieOf(response);
    // What has been answered is over: the same Request is another visit.
    assert.notEqual(cookieOf(await sorry(request)), cookie);
  });
});
