import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { until } from "../support/until.ts";
import { untilKept } from "./kept.ts";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

const directory = mkdtempSync(join(tmpdir(), "persist-session-keep-"));
const app = join(directory, "app.py");

/** Writes the app, and a module beside it. */
function write(script: string, module = ""): void {
  writeFileSync(join(directory, "model.py"), module);
  writeFileSync(app, `import streamlit as st\n${script}\n`);
}

const COUNT = `
st.session_state.setdefault("count", 0)
if st.button("count"):
    st.session_state.count += 1
st.text(f"count: {st.session_state.count}")
`;
write(COUNT);
const stage = useStage({ app, args: ["--keep"] });
after(() => rmSync(directory, { recursive: true, force: true }));

/** A deploy: the page is closed, the code is another, and Streamlit starts anew. */
async function deploy(
  tab: StreamlitPage,
  change: () => void,
  restart = restartBoth,
): Promise<void> {
  await tab.page.goto("about:blank");
  change();
  await restart();
  await tab.page.goto(stage.gateway.origin);
  await tab.idle();
}

/** The gateway waits longer before each start of a Streamlit that always ends soon. */
async function restartStreamlit(): Promise<void> {
  const killed = await stage.gateway.killStreamlit();
  await until("Streamlit is back", async () => {
    const { streamlitPid } = stage.gateway;
    return (
      streamlitPid !== undefined && streamlitPid !== killed && (await stage.gateway.isHealthy())
    );
  });
}

async function restartBoth(): Promise<void> {
  await stage.gateway.killBoth();
  await stage.gateway.startAgain();
}

/** A new tab of a new visitor that shows the present code. */
async function open(): Promise<StreamlitPage> {
  const tab = await (await stage.newVisitor()).openTab();
  await until("the new code runs", async () => {
    await tab.reload();
    return "count" in (await tab.shown());
  });
  return tab;
}

test("a deploy adds, removes and renames keys, widgets and classes", async () => {
  const before = `
from model import Trip
st.session_state.setdefault("trip", Trip("Rome"))
st.session_state.setdefault("gone", 1)
name = st.text_input("name", key="name")
amount = st.number_input("amount", value=1)
st.text(f"trip: {st.session_state.trip}")
st.text(f"inputs: {name} {amount}")
`;
  const model = `
from dataclasses import dataclass

@dataclass
class Trip:
    city: str
`;
  const later = `
from model import Trip
st.text(f"first: {st.session_state.get('name')}")
st.session_state.setdefault("trip", Trip("nowhere"))
st.session_state.setdefault("added", "new")
title = st.text_input("title", key="title")
amount = st.number_input("amount", value=1)
st.text(f"trip: {st.session_state.trip} {isinstance(st.session_state.trip, Trip)}")
st.text(f"inputs: {title} {amount} {st.session_state.added}")
`;
  write(before + COUNT, model);
  const tab = await open();
  await tab.clickUntil("count", "count", "1");
  await tab.type("name", "Ada");
  await tab.untilShown({ inputs: "Ada 1" });
  const amount = tab.page.getByRole("spinbutton", { name: "amount" });
  await amount.fill("7");
  await amount.press("Enter");
  await tab.untilShown({ inputs: "Ada 7", trip: "Trip(city='Rome')" });
  await untilKept(stage.gateway.stateDirectory, tab.page.context(), "Rome");
  await untilKept(stage.gateway.stateDirectory, tab.page.context(), "Ada");
  await tab.idle();
  await tab.clickUntil("count", "count", "2");
  await untilKept(stage.gateway.stateDirectory, tab.page.context(), "key:count = J2");
  await deploy(
    tab,
    () => write(later + COUNT, `${model}    country: str = "?"\n`),
    restartStreamlit,
  );
  await tab.untilShown({
    count: "2",
    inputs: " 7 new",
    trip: "Trip(city='Rome', country='?') True",
  });
  // A class that was renamed: the tab begins anew, with no error on the page.
  await deploy(
    tab,
    () => write(later.replaceAll("Trip", "Tour") + COUNT, model.replace("Trip", "Tour")),
    restartStreamlit,
  );
  await tab.untilShown({ count: "0", trip: "Tour(city='nowhere') True" });
  assert.equal(await tab.error(), undefined);
  assert.match(stage.gateway.printed, /a tab begins anew.*Trip/);
});

test("one key that cannot be stored keeps the tab from being kept, and the two ways out let it", async () => {
  const connection = `
import sqlite3
import persist_session
WAY
if "conn" not in st.session_state:
    st.session_state.conn = sqlite3.connect(":memory:", check_same_thread=False)
`;
  let before = 0;
  const lines = (): number => stage.gateway.printed.split("a sqlite3.Connection").length - 1;
  for (const [way, kept] of [
    ["", "0"],
    ['persist_session.forget("conn")', "2"],
    ['persist_session.keep("count")', "2"],
  ] as const) {
    const tab = await open();
    await deploy(tab, () => write(connection.replace("WAY", way) + COUNT));
    await tab.clickUntil("count", "count", "1");
    await tab.clickUntil("count", "count", "2");
    if (kept === "2")
      await untilKept(stage.gateway.stateDirectory, tab.page.context(), "key:count = J2");
    else
      await until("the log says so", () =>
        /st\.session_state\["conn"\], a sqlite3\.Connection.*forget\("conn"\).*keep\(/.test(
          stage.gateway.printed,
        ),
      );
    // Once in each process, in however many runs.
    assert.equal(lines(), way === "" ? 1 : before);
    await deploy(tab, () => undefined);
    await tab.untilShown({ count: kept });
    if (way === "") await until("the new process says so, too", () => lines() === 2);
    before = lines();
  }
});

test("100 KB and 1 MB are kept, and what is more than the bound is not", async () => {
  const sized = (bytes: number): string => `
st.session_state.setdefault("text", "x" * ${bytes})
st.text(f"size: {len(st.session_state.text)}")
`;
  for (const [bytes, isKept] of [
    [100_000, true],
    [1_000_000, true],
    [1_100_000, false],
  ] as const) {
    write(sized(bytes) + COUNT);
    await restartBoth();
    const tab = await open();
    await tab.untilShown({ size: String(bytes) });
    await tab.clickUntil("count", "count", "1");
    await tab.clickUntil("count", "count", "2");
    await tab.clickUntil("count", "count", "3");
    if (isKept) await untilKept(stage.gateway.stateDirectory, tab.page.context(), "key:count = J3");
    else
      await until("the log says so", () =>
        /st\.session_state\["text"\], a str, is too large.*--keep-max/.test(stage.gateway.printed),
      );
    await deploy(tab, () => undefined);
    await tab.untilShown({ count: isKept ? "3" : "0" });
  }
});
