import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type NextSession, nextSession } from "../../src/adapter/next.ts";
import { isPersistError, persist, restore } from "../../src/index.ts";
import { gate } from "../sessions/fixture.ts";

@persist("next.cart")
class Cart {
  items: string[] = [];
}

@persist("next.mine", { owner: "user" })
class Mine {
  seen: string[] = [];
}

const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
const HEADERS = { "x-staff": "admin-1", "x-customer": "alice" };
const common = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

interface Incoming {
  readonly headers: Headers;
}

/**
 * Keeps a word with the user that the sessions know the request by, and says what is kept of this
 * user.
 */
async function mark(session: NextSession, word: string): Promise<string[]> {
  const handler = session.route(async () => {
    const mine = await restore(Mine);
    mine.seen.push(word);
    return Response.json(mine.seen);
  });
  const answer = await handler(new Request("http://localhost/", { headers: HEADERS }));
  return (await answer.json()) as string[];
}

describe("several nextSession() of one app", () => {
  class Auth {
    readonly #header: string;
    constructor(header: string) {
      this.#header = header;
    }
    identify({ headers }: Incoming) {
      return headers.get(this.#header);
    }
  }

  const kinds: Record<string, (header: string, secret: string) => NextSession> = {
    "closures of one factory": (header, secret) =>
      nextSession({ ...common, secret, identify: ({ headers }: Incoming) => headers.get(header) }),
    "bound methods of one class": (header, secret) => {
      const auth = new Auth(header);
      return nextSession({ ...common, secret, identify: auth.identify.bind(auth) });
    },
  };

  for (const [kind, make] of Object.entries(kinds)) {
    test(`each asks its own identify: ${kind}`, async () => {
      const secret = `${SECRET}-${kind.length}`;
      const [staff, customers] = [make("x-staff", secret), make("x-customer", secret)];
      assert.deepEqual(await mark(staff, "of staff"), ["of staff"]);
      assert.deepEqual(await mark(customers, "of customers"), ["of customers"]);
      // Another copy of the first one's module: the same user's records, by a function of its own.
      assert.deepEqual(await mark(make("x-staff", secret), "again"), ["of staff", "again"]);
      assert.deepEqual(await mark(customers, "again"), ["of customers", "again"]);
      await customers.sessions.close();
    });
  }

  test("copies of one module share store, records and events, whatever order their options have", async () => {
    const page = nextSession({ ...common, ttl: "5d" });
    const route = nextSession({ ttl: "5d", ...common });
    const committed: unknown[] = [];
    page.sessions.on("commit", (event) => void committed.push(event));
    const { token } = await page.sessions.open();
    const cookie = `${page.sessions.cookieName(false)}=${token}`;
    const first = gate();
    const second = gate();
    const add = (session: NextSession, word: string, wait: Promise<unknown>, open: () => void) =>
      session.route(async () => {
        (await restore(Cart)).items.push(word);
        open();
        await wait;
        return new Response();
      })(new Request("http://localhost/", { headers: { cookie } }));
    // Both have added to the same list before either commits.
    await Promise.all([
      add(page, "page", second.opened, first.open),
      add(route, "route", first.opened, second.open),
    ]);
    const seen = await (
      await route.sessions.open(token)
    ).run(async () => (await restore(Cart)).items);
    assert.deepEqual([...seen].toSorted(), ["page", "route"]);
    assert.ok(committed.length > 0);
    await route.sessions.close();
    await assert.rejects(
      (await page.sessions.open()).run(async () => await restore(Cart)),
      (error) => isPersistError(error, "ERR_STORE_CLOSED"),
    );
  });

  test("each warns by its own log", async () => {
    const lines: [string, string][] = [];
    const make = (name: string) =>
      nextSession({ ...common, ttl: "6d", log: (line) => void lines.push([name, line]) });
    const [one, other] = [make("one"), make("other")];
    one.sessions.report(new Error("first"));
    other.sessions.report(new Error("second"));
    assert.deepEqual(
      lines.map(([name]) => name),
      ["one", "other"],
    );
    await one.sessions.close();
  });

  test("options of other data are other sessions", async () => {
    const all = [
      nextSession({ ...common, ttl: "7d" }),
      nextSession({ ...common, ttl: "8d" }),
      nextSession({ ...common, ttl: "7d", cookie: { name: "other" } }),
      nextSession({ ...common, ttl: "7d", identify: () => null }),
    ];
    assert.equal(new Set(all.map(({ sessions }) => sessions.engine.store)).size, 4);
    await Promise.all(all.map(async ({ sessions }) => await sessions.close()));
  });

  test("what no option can be is ERR_OPTION_INVALID at the first use, also beside valid ones", async () => {
    const valid = nextSession({ ...common, limits: { attribute: 10 } });
    void valid.sessions;
    const cycle: { attribute?: unknown } = {};
    cycle.attribute = cycle;
    for (const limits of [
      { attribute: 10n },
      { attribute: "10" },
      { attribute: Symbol("10") },
      cycle,
    ])
      assert.throws(
        () => nextSession({ ...common, limits: limits as never }).sessions,
        (error) => isPersistError(error, "ERR_OPTION_INVALID"),
      );
    await valid.sessions.close();
  });
});
