import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { useStage, type Visitor } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

async function cookieOf({ context }: Visitor, name: string): Promise<string | undefined> {
  return (await context.cookies()).find((cookie) => cookie.name === name)?.value;
}

async function untilCookie(visitor: Visitor, name: string, isThere: boolean): Promise<void> {
  await until(`the cookie ${name} is ${isThere ? "there" : "gone"}`, async () => {
    return ((await cookieOf(visitor, name)) !== undefined) === isThere;
  });
}

/** Waits until one more run has ended and what it shows holds. */
async function reloadUntil(app: StreamlitPage, shown: Record<string, string>): Promise<void> {
  await app.page.reload();
  try {
    await app.untilShown(shown);
  } catch (error) {
    const text = await app.page.locator("body").innerText();
    throw new Error(`${(error as Error).message} ${text}`, { cause: error });
  }
  await app.idle();
}

/** How long a click has for what it does, in milliseconds, before it counts as lost. */
const MAX_CLICK = 10_000;

async function isDone(work: Promise<void>): Promise<boolean> {
  return await work.then(
    () => true,
    () => false,
  );
}

/**
 * Does something until the page shows these values and is idle. A run of one of the libraries'
 * components may interrupt that of a click, which is then lost to the app: with Streamlit alone as
 * well.
 */
async function actUntil(
  app: StreamlitPage,
  act: () => Promise<void>,
  shown: Record<string, string>,
): Promise<void> {
  await until(`the page shows ${JSON.stringify(shown)} after a click`, async () => {
    // What was done before may have been slow, and not lost: then its button may be gone.
    await isDone(act());
    const isShown = await isDone(app.untilShown(shown, MAX_CLICK));
    await app.idle();
    return isShown;
  });
}

/** Clicks until the page shows these values, and the cookie is there or gone. */
async function clickUntilCookie(
  visitor: Visitor,
  app: StreamlitPage,
  label: string,
  shown: Record<string, string>,
  cookie: { readonly name: string; readonly isThere: boolean },
): Promise<void> {
  await until(`a click on "${label}" has come to the app and to the browser`, async () => {
    await actUntil(app, async () => await app.click(label), shown);
    const isThere = async (): Promise<boolean> =>
      ((await cookieOf(visitor, cookie.name)) !== undefined) === cookie.isThere;
    return await isDone(until("the cookie follows", isThere, MAX_CLICK));
  });
}

describe("a login by streamlit-authenticator", () => {
  const stage = useStage({ app: "test/streamlit/apps/login_authenticator.py" });

  async function signIn(app: StreamlitPage, user: string): Promise<void> {
    const act = async (): Promise<void> => {
      const options = { timeout: MAX_CLICK };
      await app.page.getByRole("textbox", { name: "Username" }).fill(user, options);
      await app.page.getByRole("textbox", { name: "Password" }).fill(user, options);
      await app.button("Login").click(options);
    };
    await actUntil(app, act, { name: `${user[0]?.toUpperCase()}${user.slice(1)}` });
  }

  test("keeps the session over a reload, the login itself and an ordinary one", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.clickUntil("count", "clicks", "1");
    await signIn(app, "ann");
    await untilCookie(visitor, "my_auth", true);
    await reloadUntil(app, { name: "Ann", clicks: "1" });
    await app.clickUntil("count", "clicks", "2");
    await reloadUntil(app, { name: "Ann", clicks: "2" });
  });

  test("a logout in another tab reaches this one at its next reload", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await signIn(app, "ann");
    await untilCookie(visitor, "my_auth", true);
    await app.clickUntil("count", "clicks", "1");
    const other = await visitor.openTab();
    await other.untilShown({ name: "Ann" });
    // It has extended the login: the cookie is another one, and the same person's.
    await reloadUntil(app, { name: "Ann", clicks: "1" });
    const logOut = async (): Promise<void> =>
      await other.button("Logout").click({ timeout: MAX_CLICK });
    await actUntil(other, logOut, { name: "None" });
    await untilCookie(visitor, "my_auth", false);
    await reloadUntil(app, { name: "None", clicks: "0" });
    await reloadUntil(other, { name: "None" });
    // Another user signs in there: this one is theirs, too.
    await signIn(other, "bob");
    await untilCookie(visitor, "my_auth", true);
    await reloadUntil(app, { name: "Bob" });
  });

  test("a cookie that was removed, or is another person's, ends the login with a reload", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await signIn(app, "ann");
    await untilCookie(visitor, "my_auth", true);
    await reloadUntil(app, { name: "Ann" });
    await visitor.context.clearCookies({ name: "my_auth" });
    await reloadUntil(app, { name: "None" });
  });
});

describe("a login by an app's own cookies", () => {
  const stage = useStage({ app: "test/streamlit/apps/login_cookies.py" });

  for (const library of ["manager", "controller"]) {
    test(`the ${library}'s: a login keeps the session, and a cookie that is gone or changed ends it with a reload`, async () => {
      const visitor = await stage.newVisitor();
      const app = await visitor.openTab();
      const name = library === "manager" ? "Ann B." : "Carl";
      await app.clickUntil("count", "clicks", "1");
      const cookie = { name: `by_${library}`, isThere: true };
      await clickUntilCookie(visitor, app, `sign in by ${library}`, { [library]: name }, cookie);
      await reloadUntil(app, { [library]: name, clicks: "1" });
      await reloadUntil(app, { [library]: name, clicks: "1" });
      await visitor.context.addCookies([
        { name: `by_${library}`, value: "Eve", url: stage.gateway.origin },
      ]);
      // The controller gives a page its cookies late, and sometimes not before the next reload,
      // with Streamlit alone as well.
      await until("another person is signed in, in a fresh session", async () => {
        await app.page.reload();
        await app.idle();
        return await app.untilShown({ [library]: "Eve", clicks: "0" }, 10_000).then(
          () => true,
          () => false,
        );
      });
      await visitor.context.clearCookies({ name: `by_${library}` });
      await reloadUntil(app, { [library]: "None", clicks: "0" });
    });
  }

  test("a logout in this tab holds after a reload", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    const cookie = { name: "by_manager", isThere: true };
    await clickUntilCookie(visitor, app, "sign in by manager", { manager: "Ann B." }, cookie);
    await app.clickUntil("count", "clicks", "1");
    const gone = { name: "by_manager", isThere: false };
    await clickUntilCookie(visitor, app, "sign out of manager", { manager: "None" }, gone);
    await reloadUntil(app, { manager: "None", clicks: "0" });
  });

  test("fresh_after_reload() makes the next reload begin anew, once", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await actUntil(app, async () => await app.click("fresh"), { fresh: "asked" });
    await app.clickUntil("count", "clicks", "1");
    await reloadUntil(app, { clicks: "0", fresh: "None" });
    await app.clickUntil("count", "clicks", "1");
    await reloadUntil(app, { clicks: "1" });
    assert.doesNotMatch(stage.gateway.printed, /that part of resume is off|does not tell/);
  });
});
