import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { createSessions, persist, restore, type Sessions } from "../../src/index.ts";
import { persistSession } from "../../src/adapter/http.ts";
import { expose, liveEvents } from "../../src/live/index.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { type Came, Stream } from "./stream.ts";
import { SECRET } from "./visitor.ts";

@persist("live.users.cart")
class Cart {
  items: string[] = [];
}

@persist("live.users.profile", { owner: "user" })
class Profile {
  name = "";
}

const cart = expose(Cart, ["items"]);
const profile = expose(Profile, ["name"]);

let sessions: Sessions;
let server: Server;
let origin: string;

before(async () => {
  sessions = createSessions({
    store: "memory:",
    secret: SECRET,
    sweepInterval: false,
    identify: ({ headers }: IncomingMessage) => {
      const user = headers["x-user"];
      return typeof user === "string" && user !== "" ? user : null;
    },
  });
  const persistent = persistSession(sessions);
  const routes: Record<string, ReturnType<typeof liveEvents>> = {
    "/both": liveEvents([profile, cart]),
    "/profile": liveEvents([profile]),
  };
  server = createServer((request, response) =>
    persistent(request, response, async () => {
      const url = request.url ?? "";
      const route = routes[url];
      if (route !== undefined) return void (await route(request, response));
      if (url.startsWith("/name/")) (await restore(Profile)).name = url.slice("/name/".length);
      else (await restore(Cart)).items.push(url);
      response.end("changed");
    }),
  );
  origin = await listen(server);
});
after(async () => {
  await stop(server);
  await sessions.close();
});

/** A browser, and who is signed in there. */
function browser() {
  let cookie = "";
  let user = "";
  const headers = (): Record<string, string> => ({ cookie, "x-user": user });
  return {
    signIn: (name: string) => void (user = name),
    signOut: () => void (user = ""),
    ask: async (path: string): Promise<void> => {
      const answer = await fetch(origin + path, { headers: headers() });
      assert.equal(answer.status, 200, await answer.text());
      cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    },
    follow: async (path: string, more: Record<string, string> = {}): Promise<Stream> => {
      const stream = await Stream.open(origin + path, { ...headers(), ...more });
      assert.equal(stream.status, 200);
      return stream;
    },
  };
}

async function statesOf(stream: Stream): Promise<unknown> {
  const [hello] = await stream.named("hello", 1);
  return (JSON.parse(hello!.data) as { states: unknown }).states;
}

function valuesOf({ data }: Came): unknown {
  return (JSON.parse(data) as { values: unknown }).values;
}

describe("states of users in live events", () => {
  test("a browser without a user is told about its own states, and that the user's are not there", async () => {
    const page = browser();
    await page.ask("/tea");
    const stream = await page.follow("/both");
    assert.deepEqual(await statesOf(stream), {
      "live.users.profile": null,
      "live.users.cart": ["items"],
    });
    await page.ask("/milk");
    const [, second] = await stream.named("state", 2);
    assert.deepEqual(valuesOf(second!), { items: ["/tea", "/milk"] });
    stream.close();
  });

  test("a login ends the stream, and the next one reports the user's states too", async () => {
    const page = browser();
    await page.ask("/tea");
    const before = await page.follow("/both");
    await before.named("state", 1);
    page.signIn("ann");
    await page.ask("/name/Ann");
    await until("the stream has ended", () => before.ended);
    assert.equal(before.events.at(-1)?.name, "ended");
    const stream = await page.follow("/both");
    const told = await stream.named("state", 2);
    assert.deepEqual(told.map(valuesOf), [{ name: "Ann" }, { items: ["/tea"] }]);
    page.signOut();
    await page.ask("/milk");
    await until("the logout has ended it", () => stream.ended);
    assert.equal(stream.events.at(-1)?.name, "ended");
  });

  test("promise 6 (Isolation): a route of users' states alone opens too, reports no one's, and ends with the login", async () => {
    const [page, other] = [browser(), browser()];
    await page.ask("/tea");
    other.signIn("bob");
    await other.ask("/name/Bob");
    const stream = await page.follow("/profile");
    assert.deepEqual(await statesOf(stream), { "live.users.profile": null });
    await other.ask("/name/Bobby");
    page.signIn("carol");
    await page.ask("/milk");
    await until("the stream has ended", () => stream.ended);
    assert.deepEqual(
      stream.events.map(({ name }) => name),
      ["hello", "ended"],
    );
  });

  test("a user's state that was seen before a logout is sent again after the next login", async () => {
    const page = browser();
    page.signIn("dora");
    await page.ask("/tea");
    await page.ask("/name/Dora");
    const first = await page.follow("/both");
    const seen = (await first.named("state", 2)).at(-1)!.id;
    first.close();
    // The page was not connected when its user signed out.
    page.signOut();
    await page.ask("/milk");
    const second = await page.follow("/both", { "last-event-id": seen });
    const [hello] = await second.named("hello", 1);
    assert.doesNotMatch(hello!.id, /profile/);
    second.close();
    page.signIn("dora");
    await page.ask("/bread");
    const third = await page.follow("/both", { "last-event-id": hello!.id });
    const told = await third.named("state", 2);
    assert.deepEqual(told.map(valuesOf), [
      { name: "Dora" },
      { items: ["/tea", "/milk", "/bread"] },
    ]);
    third.close();
  });

  test("what a page has seen of the other states is not sent again", async () => {
    const page = browser();
    await page.ask("/tea");
    const first = await page.follow("/both");
    const [state] = await first.named("state", 1);
    first.close();
    const again = await page.follow("/both", { "last-event-id": state!.id });
    const [hello] = await again.named("hello", 1);
    assert.equal(hello!.id, state!.id);
    await page.ask("/milk");
    const [next] = await again.named("state", 1);
    assert.deepEqual(valuesOf(next!), { items: ["/tea", "/milk"] });
    again.close();
  });
});
