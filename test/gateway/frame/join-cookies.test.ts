import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../../support/until.ts";
import { withRig } from "../raw.ts";
import { inRun, Page } from "./page.ts";
import { rerun } from "./run-messages.ts";

/** What a proxy or a statistics script adds, and then changes with each response or each page. */
const BY_THEMSELVES = [
  "AWSALB",
  "AWSALBCORS",
  "AWSALBTG",
  "AWSALBTGCORS",
  "AWSALBAPP-0",
  "AWSELB",
  "AWSELBCORS",
  "aws-waf-token",
  "ARRAffinity",
  "ARRAffinitySameSite",
  "ApplicationGatewayAffinityCORS",
  "ASLBSA",
  "GCLB",
  "SERVERID",
  "INGRESSCOOKIE",
  "BIGipServerpool_web",
  "TS01a2b3c4",
  "TS01a2b3c4_28",
  "__cf_bm",
  "_cfuvid",
  "__cflb",
  "__cfruid",
  "__cfwaitingroup",
  "cf_clearance",
  "_abck",
  "ak_bmsc",
  "bm_sv",
  "bm_sz",
  "incap_ses_123_456",
  "visid_incap_456",
  "nlbi_456",
  "datadome",
  "_px3",
  "_dd_s",
  "_clsk",
  "_uetsid",
  "_ga_ABC",
];
/** Cookies that look alike and are logins, or may be. */
const MAYBE_LOGINS = [
  "AWSELBAuthSessionCookie-0",
  "AWSALBAuthNonce",
  "AWSALBx",
  "CF_Authorization",
  "CF_AppSession",
  "__cf_bm_user",
  "SERVERID2",
  "TSsession",
  "TS01a2b3c4_user",
  "_oauth2_proxy",
  "session",
  "_gab",
  "_px_user",
  "datadome_login",
];

describe("a cookie that changes while a run is under way", () => {
  test("keeps no page from joining it if a proxy or page statistics set it", async () => {
    await withRig(async (rig) => {
      let cookies = "";
      const fill = (value: string): void => {
        cookies = BY_THEMSELVES.map((name) => `; ${name}=${value}`).join("");
      };
      const { browser, page } = await inRun(rig);
      const bare = String(browser.cookie);
      let { ticket } = page;
      await page.leave();
      // Some are there for the first time, all change, and some are gone again.
      for (const value of ["1", "2", ""]) {
        fill(value);
        browser.cookie = value === "" ? bare : `${bare}${cookies}`;
        await browser.get();
        const back = await Page.open(browser, { tab: page.tab, ticket });
        back.socket.send(rerun());
        await back.untilText("a");
        await until("there is a ticket", () => back.tickets.length > 0);
        ({ ticket } = back);
        await back.leave();
      }
      assert.equal(rig.streamlit.arrivals.length, 1);
      assert.deepEqual(rig.warnings, []);
    });
  });

  for (const name of MAYBE_LOGINS)
    test(`keeps the page from joining it if it may be a login: ${name}`, async () => {
      await withRig(async (rig) => {
        const { browser, page, socket } = await inRun(rig);
        await page.leave();
        browser.cookie = `${browser.cookie}; ${name}=1`;
        await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        await until("the run is stopped", () => socket.readyState === socket.CLOSED);
        assert.equal(rig.streamlit.arrivals.length, 2);
      });
    });
});

describe("the log", () => {
  const refused = (rig: { warnings: string[] }): string[] =>
    rig.warnings.filter((line) => line.includes("ended with the reload of its page"));

  test("names the cookies that kept a page from its run, once, and never their values", async () => {
    await withRig(async (rig) => {
      for (let times = 0; times < 2; times++) {
        const { browser, page, socket } = await inRun(rig);
        await page.leave();
        browser.cookie = `${browser.cookie}; balancer=secret-value; "odd\\name"=other-value; _ga=1`;
        await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        await until("the run is stopped", () => socket.readyState === socket.CLOSED);
      }
      const lines = refused(rig);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", /"balancer"/);
      assert.ok(lines[0]?.includes(JSON.stringify('"odd\\name"')));
      assert.doesNotMatch(rig.warnings.join(), /secret-value|other-value|_ga/);
    });
  });

  test("says it also of a cookie that is gone, or that had come and gone", async () => {
    for (const isStillThere of [true, false])
      await withRig(async (rig) => {
        const bare = (cookie: string | undefined): string => String(cookie).split(";", 1)[0] ?? "";
        const { browser, page, socket } = await inRun(rig);
        browser.cookie = `${browser.cookie}; my_auth=alice`;
        await browser.get();
        if (!isStillThere) browser.cookie = bare(browser.cookie);
        await page.leave();
        await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        await until("the run is stopped", () => socket.readyState === socket.CLOSED);
        assert.equal(refused(rig).length, 1);
        assert.equal(refused(rig)[0]?.includes('"my_auth"'), isStillThere);
      });
  });

  test("says nothing of cookies if another reason keeps the page from joining", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket } = await inRun(rig);
      // The frame is no longer sure.
      socket.send(Buffer.from([0xff, 0xff]));
      browser.cookie = `${browser.cookie}; my_auth=alice`;
      await page.leave();
      await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      await until("the run is stopped", () => socket.readyState === socket.CLOSED);
      assert.deepEqual(refused(rig), []);
    });
  });
});
