import assert from "node:assert/strict";
import type { Behaviour } from "../behaviour.ts";
import { withApp } from "../fixture.ts";

const https = { headers: { "x-forwarded-proto": "https" } };

export const proxies: Behaviour[] = [
  {
    name: "behind a trusted proxy with HTTPS the cookie is Secure, has the prefix, and is the only one that counts",
    run: async (driver) =>
      await withApp(
        driver,
        {},
        async ({ browser }) => {
          const visitor = browser();
          const { setCookies } = await visitor.get("/add", https);
          assert.equal(setCookies.length, 1);
          assert.match(setCookies[0]!, /^__Host-persist-session=[^;]+; .*; Secure$/);
          assert.equal((await visitor.get("/add", https)).text, "2");
          // Over plain HTTP a sibling could have planted a cookie without the prefix.
          const planted = browser();
          planted.cookies.set("persist-session", visitor.cookies.get("__Host-persist-session")!);
          assert.equal((await planted.get("/add", https)).text, "1");
          // And the other way round: what was given over HTTPS opens nothing without it.
          assert.match((await visitor.get("/read")).text, /"count":0/);
        },
        { trustProxy: "loopback" },
      ),
  },
  {
    name: "what a proxy that is not trusted says about HTTPS is ignored",
    run: async (driver) =>
      await withApp(driver, {}, async ({ browser }) => {
        const { setCookies } = await browser().get("/add", https);
        assert.match(setCookies[0]!, /^persist-session=/);
        assert.doesNotMatch(setCookies[0]!, /Secure/);
      }),
  },
];
