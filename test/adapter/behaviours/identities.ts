import assert from "node:assert/strict";
import { isPersistError, restore, sessionOf } from "../../../src/index.ts";
import { AppState, Person } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { withApp } from "../fixture.ts";

/** What each framework's request object can say about a header; `identify` gets that object. */
interface AnyRequest {
  readonly headers?: Record<string, string> | Headers;
  readonly req?: { header(name: string): string | undefined };
}

function headerOf(request: AnyRequest, name: string): string | undefined {
  if (typeof request.req?.header === "function") return request.req.header(name);
  return request.headers instanceof Headers
    ? (request.headers.get(name) ?? undefined)
    : request.headers?.[name];
}

const as = (user: string) => ({ headers: { "x-user": user } });

export const identities: Behaviour[] = [
  {
    name: "a state of the signed-in user follows the person to another browser, and no further",
    run: async (driver) => {
      const given = new Set<unknown>();
      const requests: unknown[] = [];
      await withApp(
        driver,
        {
          "/name": async ({ request, query }) => {
            requests.push(request);
            const person = await restore(Person);
            const name = query.get("name");
            if (name !== null) person.name = name;
            return { text: person.name };
          },
        },
        async ({ browser, caught }) => {
          await browser().get("/name?name=Ann", as("ann"));
          assert.equal((await browser().get("/name", as("ann"))).text, "Ann");
          assert.equal((await browser().get("/name", as("ben"))).text, "");
          assert.equal((await browser().get("/name")).status, 500);
          if (driver.catches) assert.ok(isPersistError(caught[0], "ERR_NO_USER"));
          assert.deepEqual(
            requests.map((request) => given.has(request)),
            [true, true, true, true],
          );
        },
        {
          identify: (request: AnyRequest) => {
            given.add(request);
            return headerOf(request, "x-user");
          },
        },
      );
    },
  },
  {
    name: "sessionOf() knows the framework's request, and restores for it if the async context is lost",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/lost": async ({ request }) => {
            const state = await sessionOf(request).restore(AppState);
            state.count = 3;
            assert.equal(state, await restore(AppState));
            return { text: sessionOf(request).id };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          const { text } = await visitor.get("/lost");
          assert.match(text, /^[0-9a-f-]{36}$/);
          assert.equal((await visitor.get("/lost")).text, text);
          assert.match((await visitor.get("/read")).text, /"count":3/);
        },
      ),
  },
  {
    name: "restore() works after the body was read",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/say": async ({ body }) => {
            const said = await body();
            (await restore(AppState)).list.push(`${said.length} bytes`);
            return { redirect: "/read" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          // Large enough to come in many pieces.
          await visitor.post("/say", "x".repeat(300_000));
          await visitor.post("/say", "short");
          assert.match((await visitor.get("/read")).text, /\["300000 bytes","5 bytes"\]/);
        },
      ),
  },
];
