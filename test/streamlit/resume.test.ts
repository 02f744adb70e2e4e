import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useStage } from "./stage.ts";

const APP = "test/streamlit/apps/plain.py";

describe("resume, with no code in the app", () => {
  const stage = useStage({ app: APP });

  test("st.session_state is kept over a reload, with objects that no serializer could store", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.clickUntil("count", "number", "1");
    await app.clickUntil("count", "number", "2");
    const { lock } = await app.shown();
    await app.reload();
    await app.untilShown({ number: "2", lock: lock ?? "" });
  });

  test("widgets keep their values in the page and in Python over a reload, keyed or not", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.type("name", "Ada");
    await app.untilShown({ name: "Ada" });
    await app.type("keyed", "Grace");
    await app.untilShown({ keyed: "Grace" });
    await app.page.getByText("check", { exact: true }).click();
    await app.untilShown({ check: "True" });
    await app.reload();
    const kept = { name: "Ada", keyed: "Grace", check: "True" };
    await app.untilShown(kept);
    await app.untilInput("name", "Ada");
    await app.untilInput("keyed", "Grace");
    assert.equal(await app.page.getByRole("checkbox", { name: "check" }).isChecked(), true);
    // What the page shows is what the next run hears of it.
    await app.clickUntil("count", "number", "1");
    await app.untilShown(kept);
  });

  test("a form keeps what was sent with it over a reload", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.page.getByRole("textbox", { name: "inside" }).fill("sent");
    await app.click("send");
    await app.untilShown({ inside: "sent" });
    await app.idle();
    await app.reload();
    await app.untilShown({ inside: "sent" });
    await app.untilInput("inside", "sent");
  });

  test("a form that is emptied when it is sent is empty after a reload, and Python has what was sent", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.page.getByRole("textbox", { name: "emptied" }).fill("sent");
    await app.click("send and empty");
    await app.untilShown({ emptied: "sent" });
    await app.idle();
    await app.untilInput("emptied", "");
    await app.reload();
    await app.untilShown({ emptied: "sent" });
    await app.untilInput("emptied", "");
  });

  test("a page of st.navigation keeps its widgets over a reload", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab("two");
    await app.type("second", "here");
    await app.untilShown({ second: "here" });
    await app.page.getByRole("slider").press("ArrowRight");
    await app.untilShown({ slider: "4" });
    await app.idle();
    await app.reload();
    await app.untilShown({ second: "here", slider: "4" });
    await app.untilInput("second", "here");
  });

  test("two tabs never take each other's session", async () => {
    const visitor = await stage.newVisitor();
    const one = await visitor.openTab();
    const two = await visitor.openTab();
    await one.clickUntil("count", "number", "1");
    await two.clickUntil("count", "number", "1");
    await two.clickUntil("count", "number", "2");
    await one.reload();
    await two.reload();
    await one.untilShown({ number: "1" });
    await two.untilShown({ number: "2" });
    const [first, second] = [(await one.shown())["lock"], (await two.shown())["lock"]];
    assert.notEqual(first, second);
  });

  test("a stranger gets nothing of it when they open the same address", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.clickUntil("count", "number", "1");
    const stranger = await stage.newVisitor();
    await (await stranger.openTab()).untilShown({ number: "0" });
  });

  test("a dropped WebSocket loses nothing", async () => {
    const visitor = await stage.newVisitor();
    await visitor.context.addInitScript({
      content: `const Native = WebSocket; window.sockets = [];
        window.WebSocket = class extends Native { constructor(...a) { super(...a); sockets.push(this); } };`,
    });
    const app = await visitor.openTab();
    await app.clickUntil("count", "number", "1");
    // Until the page has heard of it, what it sends is lost, as with Streamlit alone.
    await app.page.evaluate(`new Promise((heard) => {
      const socket = sockets.at(-1);
      socket.addEventListener("close", () => setTimeout(heard, 0));
      socket.close();
    })`);
    await app.clickUntil("count", "number", "2");
    await app.reload();
    await app.untilShown({ number: "2" });
  });
});

describe("resume, switched off by --no-resume", () => {
  const stage = useStage({ app: APP, args: ["--no-resume"] });

  test("a reload is a new session, as with plain Streamlit", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.clickUntil("count", "number", "1");
    await app.reload();
    await app.untilShown({ number: "0" });
  });
});
