import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RawBrowser, withRig } from "./raw.ts";

describe("a peer that says that the browser came over HTTPS", () => {
  for (const headers of [
    { "x-forwarded-proto": "https" },
    { "x-forwarded-proto": "http, HTTPS" },
    { forwarded: 'for=203.0.113.7;proto="https"' },
  ])
    test(`gateway warns once that ${JSON.stringify(headers)} does not count`, async () => {
      await withRig(async (rig) => {
        for (let i = 0; i < 3; i++) {
          const reply = await new RawBrowser(rig).get("/", headers);
          assert.doesNotMatch(String(reply.headers.getSetCookie()), /secure/i);
        }
        assert.equal(rig.warnings.length, 1);
        assert.match(rig.warnings[0]!, /127\.0\.0\.1 .* without Secure.*--trust-proxy/);
      });
    });

  test("gateway does not warn when the peer is trusted, and sets Secure", async () => {
    await withRig(
      async (rig) => {
        const reply = await new RawBrowser(rig).get("/", { "x-forwarded-proto": "https" });
        assert.match(String(reply.headers.getSetCookie()), /; Secure/);
        assert.deepEqual(rig.warnings, []);
      },
      { sessions: { trustProxy: "loopback" } },
    );
  });

  test("gateway does not warn when nothing is said, or http", async () => {
    await withRig(async (rig) => {
      for (const headers of [
        {},
        { "x-forwarded-proto": "http" },
        { "x-forwarded-proto": "httpsx" },
      ])
        await new RawBrowser(rig).get("/", headers);
      assert.deepEqual(rig.warnings, []);
    });
  });
});
