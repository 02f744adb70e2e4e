import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lastClaims, newTab, RawBrowser, type Rig, withRig } from "./raw.ts";

/** A browser with the cookie of a session that a page of this gateway was given. */
async function known(rig: Rig): Promise<{ browser: RawBrowser; session: string }> {
  const browser = new RawBrowser(rig);
  await browser.get();
  await browser.connect();
  return { browser, session: lastClaims(rig).s };
}

const FOREIGN = [
  "http://127.0.0.1:1",
  "http://evil.example",
  "null",
  "",
  "nonsense",
  "http://127.0.0.1",
];

describe("promise 6 (Isolation): a page of another origin", () => {
  test("gets no session when it opens a WebSocket with the visitor's cookie", async () => {
    await withRig(async (rig) => {
      const { browser, session } = await known(rig);
      for (const origin of FOREIGN) {
        await browser.connect({}, { origin });
        const claims = lastClaims(rig);
        assert.notEqual(claims.s, session, origin);
        assert.equal(claims.x, true, origin);
        // Streamlit's own check is left to Streamlit.
        assert.equal(rig.streamlit.last.headers.origin, origin);
      }
      for (const site of ["cross-site", "same-site"]) {
        await browser.connect({}, { "sec-fetch-site": site });
        assert.notEqual(lastClaims(rig).s, session, site);
      }
      await browser.connect({}, { origin: rig.url });
      assert.equal(lastClaims(rig).s, session);
    });
  });

  test("does not get the tab's live Streamlit session when it has the tab's ticket", async () => {
    await withRig(async (rig) => {
      const { browser } = await known(rig);
      const tab = newTab();
      const socket = await browser.connect({ tab });
      const live = rig.streamlit.last.session;
      const ticket = await socket.ticket();
      await socket.close();
      const stolen = { life: "same", tab, ticket, claimed: live } as const;
      await browser.connect(stolen, { origin: "http://evil.example" });
      assert.notEqual(rig.streamlit.last.session, live);
      await browser.connect(stolen, { origin: rig.url });
      assert.equal(rig.streamlit.last.session, live);
    });
  });

  test("does not act as the one who is signed in, by cookies or by a trusted proxy's header", async () => {
    const sessions = { trustProxy: "loopback" } as const;
    const gateway = { trustedUserHeaders: ["X-User"] };
    await withRig(
      async (rig) => {
        const { browser } = await known(rig);
        const login = {
          cookie: `${browser.cookie}; _streamlit_user=somebody; other=1`,
          "x-user": "somebody",
          authorization: "Basic c29tZWJvZHk6",
        };
        await browser.connect({}, { ...login, origin: "http://evil.example" });
        const seen = rig.streamlit.last.headers;
        for (const name of ["cookie", "x-user", "authorization"])
          assert.equal(seen[name], undefined, name);
        await browser.connect({}, { ...login, origin: rig.url });
        const own = rig.streamlit.last.headers;
        assert.equal(own.cookie, "_streamlit_user=somebody; other=1");
        assert.equal(own["x-user"], "somebody");
        assert.equal(own.authorization, login.authorization);
      },
      { sessions, gateway },
    );
  });

  test("keeps its own visitor without a cookie when its socket drops", async () => {
    await withRig(async (rig) => {
      const { browser } = await known(rig);
      const foreign = { origin: "http://evil.example" };
      const tab = newTab();
      const socket = await browser.connect({ tab }, foreign);
      const { s } = lastClaims(rig);
      const ticket = await socket.ticket();
      const claimed = rig.streamlit.last.session;
      await socket.close();
      await browser.connect({ life: "same", tab, ticket, claimed }, foreign);
      assert.equal(lastClaims(rig).s, s);
      assert.equal(rig.streamlit.last.session, claimed);
    });
  });

  test("is told about once a minute in the log, with the option that would let it in", async () => {
    await withRig(async (rig) => {
      const { browser } = await known(rig);
      for (let round = 0; round < 5; round++)
        await browser.connect({}, { origin: "http://evil.example" });
      const lines = rig.warnings.filter((line) => line.includes("evil.example"));
      assert.equal(lines.length, 1, rig.warnings.join("\n"));
      assert.match(lines[0] ?? "", /--allow-origin/);
      assert.ok(!rig.warnings.join("").includes(browser.cookie?.split("=")[1] ?? "?"));
    });
  });

  test("cannot POST to what is the gateway's own", async () => {
    await withRig(async (rig) => {
      const { browser } = await known(rig);
      const own = { "sec-fetch-site": "same-origin" };
      for (const path of ["alive", "adopt", "join"]) {
        for (const origin of FOREIGN) {
          const response = await fetch(`${rig.url}/_persist/${path}`, {
            method: "POST",
            headers: browser.with({ origin }),
          });
          assert.equal(response.status, 403, `${path} ${origin}`);
        }
        assert.equal((await browser.post(path, "", { ...own, origin: "null" })).status, 403);
        for (const site of ["cross-site", "same-site", "none"])
          assert.equal((await browser.post(path, "", { "sec-fetch-site": site })).status, 403);
      }
      const bare = { method: "POST", headers: browser.with({}) };
      assert.equal((await fetch(`${rig.url}/_persist/alive`, bare)).status, 403);
    });
  });
});

describe("a page of the app's own origin", () => {
  test("has its session when a trusted proxy says what the browser asked for", async () => {
    await withRig(
      async (rig) => {
        const { session } = await known(rig);
        const secure = new RawBrowser(rig);
        const proxied = { "x-forwarded-proto": "https", "x-forwarded-host": "app.example" };
        await secure.get("/", proxied);
        const origin = "https://app.example";
        await secure.connect({}, { ...proxied, origin });
        const own = lastClaims(rig);
        assert.notEqual(own.s, session);
        assert.equal(own.x, undefined);
        for (const other of ["http://app.example", rig.url, "https://app.example:444"]) {
          await secure.connect({}, { ...proxied, origin: other });
          assert.equal(lastClaims(rig).x, true, other);
        }
        assert.equal((await secure.post("alive", "", { ...proxied, origin })).status, 204);
      },
      { sessions: { trustProxy: "loopback" } },
    );
  });

  test("has its session when a proxy rewrote Host and the browser says same-origin", async () => {
    await withRig(async (rig) => {
      const { browser, session } = await known(rig);
      const rewritten = { origin: "https://app.example", "sec-fetch-site": "same-origin" };
      await browser.connect({}, rewritten);
      assert.equal(lastClaims(rig).s, session);
      assert.equal((await browser.post("alive", "", rewritten)).status, 204);
    });
  });
});

test("a page of an origin that the operator named has the session, and Streamlit lets it in", async () => {
  await withRig(
    async (rig) => {
      const { browser, session } = await known(rig);
      const named = { origin: "https://portal.example:8443", "sec-fetch-site": "cross-site" };
      await browser.connect({}, named);
      assert.equal(lastClaims(rig).s, session);
      assert.equal(rig.streamlit.last.headers.origin, rig.url);
      assert.equal((await browser.post("alive", "", named)).status, 204);
      await browser.connect({}, { origin: "https://portal.example" });
      assert.equal(lastClaims(rig).x, true);
      const config = (await (await browser.get("/_stcore/host-config")).json()) as {
        allowedOrigins: string[];
      };
      assert.ok(config.allowedOrigins.includes("https://portal.example:8443"));
    },
    { sessions: { allowOrigin: ["https://portal.example:8443"] } },
  );
});
