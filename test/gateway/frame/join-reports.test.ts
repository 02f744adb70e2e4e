import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lengthField, varintField } from "../../../src/gateway/frame/wire.ts";
import { until } from "../../support/until.ts";
import { type Rig, withRig } from "../raw.ts";
import { inRun, Page } from "./page.ts";
import { type Asked, element, finished, newSession, rerun } from "./run-messages.ts";

const VALUE = '{"a":1}';
const COMPONENT = { kind: 37 };
const component = (id: string): Buffer => lengthField(1, Buffer.from(id));

/** A text input with a default, and maybe a value that the script has set. */
function input(id: string, initial: string, told?: string): Buffer {
  const said = told === undefined ? [] : [lengthField(8, Buffer.from(told)), varintField(9, 1)];
  return Buffer.concat([
    lengthField(1, Buffer.from(id)),
    lengthField(3, Buffer.from(initial)),
    ...said,
  ]);
}

/**
 * A page that was reloaded in a run, which a click has begun, and has joined it. Its component `c`
 * has reported, and so has the input `known`; the inputs `fresh` and `told` came with this run.
 */
async function joined(rig: Rig) {
  const { browser, page, socket, session, said } = await inRun(rig);
  socket.send(element([0, 1], component("c"), COMPONENT));
  socket.send(finished("1"));
  socket.send(element([0, 2], "over"));
  await page.untilText("over");
  page.socket.send(rerun({ reported: { c: VALUE }, typed: { known: "k" } }));
  await until("it has come", () => said.length === 2);
  // What is reported lasts over the end of a run that another run follows unasked.
  for (const run of ["2", "3"]) {
    socket.send(newSession(session, run));
    socket.send(element([0, 0], "a"));
    socket.send(element([0, 1], component("c"), COMPONENT));
    socket.send(element([0, 2], input("known", ""), { kind: 24 }));
    if (run === "2") socket.send(finished(run));
  }
  socket.send(element([0, 3], input("fresh", "initial"), { kind: 24 }));
  socket.send(element([0, 4], input("told", "initial", "by the script"), { kind: 24 }));
  socket.send(element([0, 5], component("new"), COMPONENT));
  socket.send(element([0, 6], "all"));
  await page.untilText("all");
  await page.leave();
  const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
  back.socket.send(rerun());
  await back.untilText("all");
  return { back, socket, said, session };
}

/** A report of the component and of a file uploader. */
function withUpload(files: Uint8Array): Buffer {
  const states = [
    Buffer.concat([lengthField(1, Buffer.from("c")), lengthField(10, Buffer.from(VALUE))]),
    Buffer.concat([lengthField(1, Buffer.from("upload")), lengthField(13, files)]),
  ];
  return lengthField(11, lengthField(2, Buffer.concat(states.map((one) => lengthField(1, one)))));
}

const NOTHING_NEW: Record<string, Asked> = {
  "its component says what it has said": { reported: { c: VALUE } },
  "another widget says what it has said": { reported: { c: VALUE }, typed: { known: "k" } },
  "a widget that it has never reported says its default": {
    reported: { c: VALUE },
    typed: { known: "k", fresh: "initial" },
  },
  "a widget says what the script has told it": {
    reported: { c: VALUE },
    typed: { told: "by the script" },
  },
  "it is of a fragment": { reported: { c: VALUE }, fragment: "f" },
};
const NEWS: Record<string, Asked> = {
  "its component says something else": { reported: { c: '{"a":2}' } },
  "a component has never said anything": { reported: { c: VALUE, new: VALUE } },
  "a component is not in the page": { reported: { c: VALUE, gone: VALUE } },
  "another widget has changed": { reported: { c: VALUE }, typed: { known: "l" } },
  "a widget has another value than its default": {
    reported: { c: VALUE },
    typed: { fresh: "changed" },
  },
  "a widget has another value than the script has told": {
    reported: { c: VALUE },
    typed: { told: "initial" },
  },
  "a button was clicked": { reported: { c: VALUE }, clicked: "button" },
  "it asks for another query": { reported: { c: VALUE }, query: "a=1" },
  "it asks for another page of the app": { reported: { c: VALUE }, pageName: "two" },
  "a timer asks": { reported: { c: VALUE }, fragment: "f", isAuto: true },
  "no component is in it": { typed: { known: "k" } },
  "nothing at all is in it": {},
};

describe("a page that has joined a run and reports", () => {
  for (const [what, asked] of Object.entries(NOTHING_NEW))
    test(`leaves the run alone if ${what}, however often`, async () => {
      await withRig(async (rig) => {
        const { back, said } = await joined(rig);
        for (let times = 0; times < 3; times++) back.socket.send(rerun(asked));
        back.socket.send(rerun({ clicked: "button" }));
        await until("the click has come", () => said.length === 3);
        assert.deepEqual(said[2], rerun({ clicked: "button" }));
      });
    });

  for (const [what, asked] of Object.entries(NEWS))
    test(`is heard if ${what}`, async () => {
      await withRig(async (rig) => {
        const { back, said } = await joined(rig);
        back.socket.send(rerun(asked));
        await until("it has come", () => said.length === 3);
        assert.deepEqual(said[2], rerun(asked));
      });
    });

  test("leaves the run alone if an upload that Python has is missing in it, until the page has reported a file of its own", async () => {
    await withRig(async (rig) => {
      const { back, socket, said } = await joined(rig);
      socket.send(element([0, 7], lengthField(1, Buffer.from("upload")), { kind: 33 }));
      socket.send(element([0, 8], "with an upload"));
      await back.untilText("with an upload");
      back.socket.send(withUpload(Buffer.alloc(0)));
      const file = withUpload(lengthField(2, Buffer.from([0x08, 0x01])));
      back.socket.send(file);
      await until("the file has come", () => said.length === 3);
      assert.deepEqual(said[2], file);
      back.socket.send(withUpload(Buffer.alloc(0)));
      await until("its removal has come", () => said.length === 4);
    });
  });

  test("is heard if the run has ended", async () => {
    await withRig(async (rig) => {
      const { back, socket, said } = await joined(rig);
      socket.send(finished("3"));
      socket.send(element([0, 7], "after"));
      await back.untilText("after");
      back.socket.send(rerun({ reported: { c: VALUE } }));
      await until("it has come", () => said.length === 3);
    });
  });

  test("is heard with an earlier value that it has changed in between", async () => {
    await withRig(async (rig) => {
      const { back, said } = await joined(rig);
      for (const value of ['{"a":2}', VALUE]) back.socket.send(rerun({ reported: { c: value } }));
      await until("both have come", () => said.length === 4);
    });
  });

  test("loses nothing of what comes in pieces, together, or is long", async () => {
    await withRig(async (rig) => {
      const { back, said } = await joined(rig);
      const silent = rerun({ reported: { c: VALUE } });
      const long = rerun({ typed: { known: "x".repeat(1.5 * 1024 * 1024) } });
      const clicks = Array.from({ length: 4 }, (_, index) => rerun({ clicked: `b${index}` }));
      const [first, second, third, fourth] = clicks as [Buffer, Buffer, Buffer, Buffer];
      const { socket } = back;
      const send = (message: Buffer): void => {
        socket.send(message.subarray(0, 3), { fin: false });
        socket.ping();
        socket.send(message.subarray(3));
      };
      send(silent);
      send(first);
      socket.send(silent);
      socket.send(second);
      socket.send(long);
      send(silent);
      socket.send(third);
      socket.pong("unasked");
      socket.send(silent);
      send(fourth);
      await until("all have come", () => said.length === 7);
      assert.ok([first, second, long, third, fourth].every((one, at) => said[at + 2]?.equals(one)));
    });
  });
});
