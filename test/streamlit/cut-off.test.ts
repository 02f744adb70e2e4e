import { test } from "node:test";
import { freePort } from "../support/free-port.ts";
import { Relay } from "./relay.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";

// Its run ends with the page's connection, as in plain Streamlit.
const stage = useStage({ app: "test/streamlit/apps/cut_off.py", args: ["--run-for", "0"] });

test("what was typed stays if the connection is cut while the run that it asked for has shown nothing yet", async (t) => {
  const relay = new Relay(await freePort(), stage.gateway.port);
  await relay.open();
  t.after(() => relay.close());
  const { context } = await stage.newVisitor();
  const app = await StreamlitPage.open(context, `http://localhost:${relay.port}`);
  await app.type("name", "Ada");
  await app.page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
  relay.close();
  await app.page
    .locator('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')
    .waitFor();
  await relay.open();
  await app.untilShown({ name: "Ada", waited: "True" });
  await app.idle();
  await app.untilInput("name", "Ada");
  await app.click("again");
  await app.idle();
  await app.untilShown({ name: "Ada" });
  await app.reload();
  await app.untilShown({ name: "Ada" });
  await app.untilInput("name", "Ada");
});
