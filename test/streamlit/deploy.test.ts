import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../support/until.ts";
import { useStage } from "./stage.ts";
import { ownerOf, Stored } from "./stored.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

const directory = mkdtempSync(join(tmpdir(), "persist-session-deploy-"));
const app = join(directory, "app.py");

/** Writes the app anew, as a deploy does. */
function deploy(decorator: string, attributes: string, body: string, before = ""): void {
  const lines = [
    "import streamlit as st",
    "from persist_session import persist",
    before,
    `@persist("app-state"${decorator})`,
    "class AppState:",
    "    def __init__(self) -> None:",
    ...attributes.split("\n").map((line) => `        ${line}`),
    "",
    "state = AppState()",
    body,
  ];
  writeFileSync(app, `${lines.join("\n")}\n`);
}

/** Loads the page until Streamlit has noticed the new code. */
async function untilDeployed(tab: StreamlitPage, seen: () => Promise<boolean>): Promise<void> {
  await until("the new code runs", async () => {
    await tab.reload();
    return await seen();
  });
}

const COUNT = `if st.button("count"):\n    state.count += 1\nst.text(f"count: {state.count}")`;
const first = (): void => deploy("", "self.count = 0\nself.old = 'kept'", COUNT);

first();
const stage = useStage({ app, args: ["--no-resume"] });
before(first);
after(() => rmSync(directory, { recursive: true, force: true }));

test("promise 8 (Deploys): a new attribute has the class's default on state from before", async () => {
  first();
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab();
  await tab.clickUntil("count", "count", "1");
  deploy("", "self.count = 0\nself.added = 'new'", `${COUNT}\nst.text(f"added: {state.added}")`);
  await untilDeployed(tab, async () => "added" in (await tab.shown()));
  await tab.untilShown({ count: "1", added: "new" });
  await tab.clickUntil("count", "count", "2");
  // What the class no longer declares is left as it is, for the older code that may still run
  // somewhere.
  await using stored = new Stored(stage.gateway.stateDirectory);
  const names = await stored.attributes(await ownerOf(visitor.context), "app-state");
  assert.deepEqual(
    names.filter((name) => name !== "added"),
    ["count", "old"],
  );
});

test("promise 8 (Deploys): migrate makes the new shape once, and older code gets an error and not a guess", async () => {
  first();
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab();
  await tab.clickUntil("count", "count", "1");
  const migrate = [
    "def migrate(old, version):",
    `    print(f"migrated from {version}", flush=True)`,
    `    return {"total": old["count"] * 100}`,
  ].join("\n");
  const body = `st.text(f"total: {state.total}")`;
  deploy(", version=2, migrate=migrate", "self.total = 0", body, migrate);
  await untilDeployed(tab, async () => "total" in (await tab.shown()));
  await tab.untilShown({ total: "100" });
  await tab.reload();
  await tab.untilShown({ total: "100" });
  assert.equal(stage.gateway.printed.split("migrated from").length - 1, 1);

  first();
  await untilDeployed(tab, async () => !("total" in (await tab.shown())));
  assert.equal((await tab.shown())["count"], undefined);
  assert.match((await tab.error()) ?? "", /ERR_SCHEMA|version|newer/i);
});
