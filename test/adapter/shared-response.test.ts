// An app may make a Response once and give it to every visitor: a redirect, a 204. None may get the
// cookie of the one before.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Hono } from "hono";
import { createSessions, persist, restore, type Sessions } from "persist-session";
import { persistSession as astro } from "../../src/adapter/astro.ts";
import { runMiddleware } from "../../src/adapter/h3/middleware.ts";
import { webSocketHooks } from "../../src/adapter/h3/web-socket.ts";
import { persistSession as hono, withSession } from "../../src/adapter/hono.ts";
import { persistSession as reactRouter } from "../../src/adapter/react-router.ts";
import { persistSession as svelteKit } from "../../src/adapter/sveltekit.ts";

@persist("shared-response")
class Note {
  secret = "";
}

const URL_OF_ALL = "http://localhost/";

/** Answers every request with the same Response. */
type Door = (
  sessions: Sessions,
  shared: Response,
  work: () => Promise<void>,
) => (request: Request) => Promise<Response>;

const upgrade =
  (give: (shared: Response) => Response): Door =>
  (sessions, shared, work) => {
    const hooks = webSocketHooks(
      {
        // A hook without a parameter would have the type of one that takes none.
        async upgrade(_request: unknown) {
          await work();
          return give(shared);
        },
      },
      () => sessions,
    );
    return async (request) => {
      const { url, headers } = request;
      return await hooks.upgrade({ url, headers, context: {} });
    };
  };

const doors: Record<string, Door> = {
  "hono, withSession": (sessions, shared, work) =>
    withSession(async () => {
      await work();
      return shared;
    }, sessions),
  "hono, middleware": (sessions, shared, work) => {
    const app = new Hono();
    app.use(hono(sessions));
    app.get("/", async () => {
      await work();
      return shared;
    });
    return async (request) => await app.request(request);
  },
  sveltekit: (sessions, shared, work) => {
    const handle = svelteKit(sessions);
    return async (request) => {
      const event = {
        request,
        url: new URL(request.url),
        isSubRequest: false,
        getClientAddress: () => "127.0.0.1",
      };
      const resolve = async (): Promise<Response> => {
        await work();
        return shared;
      };
      return await handle({ event, resolve });
    };
  },
  astro: (sessions, shared, work) => {
    const onRequest = astro(sessions);
    return async (request) => {
      const context = {
        request,
        url: new URL(request.url),
        isPrerendered: false,
        clientAddress: "127.0.0.1",
      };
      return await onRequest(context, async () => {
        await work();
        return shared;
      });
    };
  },
  "react-router": (sessions, shared, work) => {
    const middleware = reactRouter(sessions);
    return async (request) =>
      await middleware({ request }, async () => {
        await work();
        return shared;
      });
  },
  "h3, middleware": (sessions, shared, work) => async (request) => {
    const event = { req: request, url: new URL(request.url), res: { headers: new Headers() } };
    const next = async (): Promise<Response> => {
      await work();
      return shared;
    };
    return (await runMiddleware(event, next, () => sessions)) as Response;
  },
  "h3, an upgrade that is refused by what is returned": upgrade((shared) => shared),
  "h3, an upgrade that is refused by what is thrown": upgrade((shared) => {
    // oxlint-disable-next-line typescript/only-throw-error -- a hook may refuse by what it throws
    throw shared;
  }),
  "scope.setCookie": (sessions, shared, work) => async (request) => {
    const scope = sessions.fromRequest(request.headers, { request, secure: false });
    await scope.run(work);
    return scope.setCookie(shared);
  },
};

const made: Record<string, () => Response> = {
  "204": () => new Response(null, { status: 204 }),
  "303 with headers of its own": () =>
    new Response(null, { status: 303, headers: { location: "/done", "x-own": "yes" } }),
  "303 that cannot be changed": () => Response.redirect(`${URL_OF_ALL}done`, 303),
};

for (const [name, door] of Object.entries(doors)) {
  describe(`one Response for all visitors: ${name}`, () => {
    for (const [what, make] of Object.entries(made)) {
      test(what, async (t) => {
        const sessions = createSessions({ store: "memory:" });
        t.after(async () => await sessions.close());
        const shared = make();
        const before = [...shared.headers];
        const secrets: string[] = [];
        let next = "";
        const ask = door(sessions, shared, async () => {
          const note = await restore(Note);
          secrets.push(note.secret);
          if (next !== "") note.secret = next;
        });
        const visit = async (secret: string, cookie = ""): Promise<Response> => {
          next = secret;
          return await ask(new Request(URL_OF_ALL, { headers: { host: "localhost", cookie } }));
        };

        const first = await visit("alice's");
        const cookies = first.headers.getSetCookie();
        assert.equal(cookies.length, 1);
        assert.equal(first.status, shared.status);
        for (const [key, value] of before) assert.equal(first.headers.get(key), value);

        const reader = await visit("");
        assert.deepEqual(reader.headers.getSetCookie(), []);
        const writer = await visit("carol's");
        assert.equal(writer.headers.getSetCookie().length, 1);
        assert.notEqual(writer.headers.getSetCookie()[0], cookies[0]);
        assert.deepEqual([...shared.headers], before);

        const of = (response: Response): string =>
          response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
        await visit("", of(first));
        await visit("", of(writer));
        assert.deepEqual(secrets, ["", "", "", "alice's", "carol's"]);
      });
    }
  });
}
