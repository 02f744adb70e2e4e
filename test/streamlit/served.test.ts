import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { until } from "../support/until.ts";
import { useStage } from "./stage.ts";

const directory = mkdtempSync(join(tmpdir(), "persist-session-served-"));
const app = join(directory, "app.py");

/** An app that reports the process which serves it. */
function write(edition: string): void {
  writeFileSync(
    app,
    `import os
import socket
import sys

import streamlit as st
from persist_session import persist


@persist("app-state")
class AppState:
    def __init__(self) -> None:
        self.count = 0


def connections() -> list[socket.socket]:
    found = []
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        try:
            one = socket.socket(fileno=os.dup(int(name)))
            one.getpeername()
        except OSError:
            continue
        if one.family in (socket.AF_INET, socket.AF_INET6):
            found.append(one)
    return found


state = AppState()
st.button("again")
if st.button("count"):
    state.count += 1
waiting = [one for one in connections() if not one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)]
st.text("edition: ${edition}")
st.text(f"count: {state.count}")
st.text(f"connections: {len(connections())}")
st.text(f"waiting: {len(waiting)}")
st.text(f"module: {id(sys.modules['persist_session.session.current'])}")
`,
  );
}

write("one");
const stage = useStage({ app });
after(() => rmSync(directory, { recursive: true, force: true }));

test("Streamlit sends small packets at once when the gateway has started it", async () => {
  const tab = await (await stage.newVisitor()).openTab();
  const { connections, waiting } = await tab.shown();
  if (process.platform === "linux") assert.notEqual(connections, "0");
  assert.equal(waiting, "0");
});

test("the page keeps its state, and the process its modules of ours, when the app is edited", async () => {
  const tab = await (await stage.newVisitor()).openTab();
  await tab.clickUntil("count", "count", "1");
  const { module: first } = await tab.shown();
  write("two");
  await until("the new code runs", async () => {
    // Not by a reload: the page that stays is the one for which Streamlit takes modules away.
    await tab.click("again");
    await tab.idle();
    return (await tab.shown())["edition"] === "two";
  });
  await tab.clickUntil("count", "count", "2");
  assert.equal((await tab.shown())["module"], first);
});
