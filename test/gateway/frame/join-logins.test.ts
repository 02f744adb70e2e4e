import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lengthField } from "../../../src/gateway/frame/wire.ts";
import { until } from "../../support/until.ts";
import { type RawBrowser, type Rig, withRig } from "../raw.ts";
import { inRun, Page } from "./page.ts";
import { element, finished, newSession, rerun } from "./run-messages.ts";

interface Moment {
  readonly browser: RawBrowser;
  readonly page: Page;
  readonly socket: Rig["streamlit"]["last"]["socket"];
  /** The browser's cookies without a login. */
  readonly bare: string;
}

/** How a login comes while a page is open. It goes without any sign. */
const LOGINS_THAT_GO: Record<string, (moment: Moment) => Promise<void>> = {
  "a page was loaded with it": async ({ browser, bare }) => {
    browser.cookie = `${bare}; my_auth=alice`;
    await browser.get();
  },
  "the page said that it is open": async ({ browser, page, bare }) => {
    browser.cookie = `${bare}; my_auth=alice`;
    await browser.post("alive", page.ticket);
  },
  "an address of the app was asked": async ({ browser, bare }) => {
    browser.cookie = `${bare}; my_auth=alice`;
    await browser.get("/api/me");
  },
  "another tab connected with it": async ({ browser, bare }) => {
    browser.cookie = `${bare}; my_auth=alice`;
    const other = await Page.open(browser);
    await other.leave();
    browser.rig.streamlit.arrivals.pop();
  },
  "only a component of extra-streamlit-components set it": async ({ socket }) =>
    socket.send(component("extra_streamlit_components.CookieManager.cookie_manager", "set")),
  "only streamlit-cookies-controller set it": async ({ socket }) =>
    socket.send(
      component("streamlit_cookies_controller.cookie_controller.cookie_controller", "set"),
    ),
  "only a component deleted it": async ({ socket }) =>
    socket.send(
      component("streamlit_cookies_controller.cookie_controller.cookie_controller", "remove"),
    ),
  "only a component of the app set it": async ({ socket }) =>
    socket.send(component("my_login.cookie_setter")),
  "only a script in the page set it": async ({ socket }) =>
    socket.send(
      element(
        [0, 1],
        lengthField(5, Buffer.from("<script>document.cookie = 'my_auth=alice'</script>")),
        {
          kind: 38,
        },
      ),
    ),
};

/** A component of JavaScript, as an app calls it. */
function component(name: string, method?: string): Buffer {
  const called = JSON.stringify({ key: "k", method, cookie: "my_auth" });
  const body = [lengthField(2, Buffer.from(called)), lengthField(4, Buffer.from(name))];
  return element([0, 1], Buffer.concat(body), { kind: 37 });
}

describe("a page that comes while a run is under way", () => {
  for (const [name, come] of Object.entries(LOGINS_THAT_GO))
    test(`joins no run after a login came and went while its page was there: ${name}`, async () => {
      await withRig(async (rig) => {
        const { browser, page, socket, session } = await inRun(rig);
        const bare = String(browser.cookie);
        await come({ browser, page, socket, bare });
        socket.send(newSession(session, "2"));
        socket.send(element([0, 0], "private"));
        await page.untilText("private");
        browser.cookie = bare;
        await page.leave();
        const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        await until("Streamlit is asked", () => rig.streamlit.arrivals.length === 2);
        await until("the run is stopped", () => socket.readyState === socket.CLOSED);
        back.socket.send(rerun());
        rig.streamlit.last.socket.send(newSession(rig.streamlit.last.session, "3"));
        rig.streamlit.last.socket.send(element([0, 0], "asked"));
        await back.untilText("asked");
        // Streamlit was asked anew, so the next reload may join again.
        await until("there is a ticket", () => back.tickets.length > 0);
        await back.leave();
        const again = await Page.open(browser, { tab: back.tab, ticket: back.ticket });
        again.socket.send(rerun());
        await again.untilText("asked");
        assert.equal(rig.streamlit.arrivals.length, 2);
      });
    });

  test("joins no run after a login came and went, although its socket was cut in between", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, session } = await inRun(rig);
      const bare = String(browser.cookie);
      socket.send(finished("1"));
      browser.cookie = `${bare}; my_auth=alice`;
      await browser.get();
      browser.cookie = bare;
      await page.leave("cut");
      await until("the socket is closed", () => socket.readyState === socket.CLOSED);
      const same = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "same" });
      await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
      const { last } = rig.streamlit;
      same.socket.send(rerun());
      last.socket.send(newSession(session, "2"));
      last.socket.send(element([0, 0], "private"));
      await same.untilText("private");
      await until("there is a ticket", () => same.tickets.length > 0);
      await same.leave();
      await Page.open(browser, { tab: page.tab, ticket: same.ticket });
      await until("Streamlit is asked", () => rig.streamlit.arrivals.length === 3);
      await until("the run is stopped", () => last.socket.readyState === last.socket.CLOSED);
    });
  });

  test("joins the run although a component has read all cookies, and other requests came with the same ones", async () => {
    await withRig(async (rig) => {
      const { browser, page, socket } = await inRun(rig);
      socket.send(component("extra_streamlit_components.CookieManager.cookie_manager", "getAll"));
      socket.send(element([0, 2], "Our cookie policy"));
      await page.untilText("Our cookie policy");
      await browser.get();
      await browser.get("/static/app.js", { cookie: `${browser.cookie}; of_the_path=1` });
      await browser.post("alive", page.ticket);
      await page.leave();
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      back.socket.send(rerun());
      await back.untilText("Our cookie policy");
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });

  test("joins the run as the same page after its login came and went: it still shows it all", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRun(rig);
      const bare = browser.cookie;
      browser.cookie = `${bare}; my_auth=alice`;
      await browser.get();
      browser.cookie = bare;
      await page.leave("cut");
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "same" });
      await back.untilText("a");
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });
});
