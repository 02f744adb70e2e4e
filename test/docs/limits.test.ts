// The numbers that the pages give for limits are those of the code.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../project/imports.ts";
import { tableAfter, tableRows } from "./markdown-tables.ts";

/** How a page writes a number of the code. */
type Unit = "" | "s" | "KiB" | "MiB" | "characters";

/** A number of the code: its file, the text before it, and the unit of the page. */
type Place = readonly [file: string, before: string, unit: Unit];

/** The tables' rows by their first cell. A row without numbers of ours has no places. */
type Places = Readonly<Record<string, readonly Place[]>>;

const FACTOR: Readonly<Record<Unit, number>> = {
  "": 1,
  characters: 1,
  s: 1000,
  KiB: 1024,
  MiB: 1024 * 1024,
};
const MIB = 1024 * 1024;

const attribute: Place = ["src/sessions/options.ts", "options.limits?.attribute ?? ", "MiB"];
const session: Place = ["src/sessions/options.ts", "options.limits?.session ?? ", "MiB"];
const cache: Place = ["src/sessions/options.ts", "options.cacheBytes ?? ", "MiB"];
const depth: Place = ["src/state/codec/codec.ts", "MAX_DEPTH = ", ""];
const marks: Place = ["src/store/embedded/entries.ts", "MARKS_KEPT = ", ""];
const tokens: Place = ["src/identity/cookie.ts", "MAX_TOKENS = ", ""];
const smallBody: Place = ["src/gateway/page/small-body.ts", "MAX_BODY = ", "KiB"];
const message: Place = ["src/gateway/proxy/frames.ts", "MAX_MESSAGE = ", "MiB"];
const options = "src/gateway/proxy/server-options.ts";

const OF_THE_PACKAGE: Places = {
  "one attribute, encoded": [attribute],
  "all records of an owner": [session],
  "nesting of a value": [depth],
  "the key of a class": [["src/state/persist.ts", "key.length > ", "characters"]],
  "stored records cached, per process": [cache],
  "the Cookie header": [],
  "cookies of one name that are tried": [tokens],
  "processes that have an LMDB directory open": [
    ["src/store/lmdb/environment.ts", "MAX_READERS = ", ""],
  ],
  "`update` against other processes": [["src/sessions/make-engine.ts", "UPDATE_TIMEOUT = ", "s"]],
  "deletion marks of a record": [marks],
};

const OF_THE_GATEWAY: Places = {
  "the head of a request": [
    [options, "MAX_HEADER_SIZE = ", "KiB"],
    ["src/gateway/proxy/clear-request.ts", "MAX_HEADERS = ", ""],
    [options, "head: ", "s"],
  ],
  "the first byte of a connection": [[options, "head: ", "s"]],
  "the next request on a connection": [[options, "keepAliveTimeout: ", "s"]],
  "a body that the gateway itself reads (`POST /_persist/…`)": [
    smallBody,
    [options, "smallBody: ", "s"],
  ],
  "an upload to Streamlit": [[options, "pause: ", "s"]],
  "the rest of a body after its answer": [[options, "rest: ", "s"]],
  "compressed assets in memory": [["src/gateway/proxy/asset-shelf.ts", "MAX_BYTES = ", "MiB"]],
  "a message from Streamlit that the gateway reads; compressed ones, both ways": [message],
  "addresses of `X-Forwarded-For` that are followed": [
    ["src/identity/trust-proxy.ts", "MAX_PROXIES = ", ""],
  ],
};

const IN_THE_CODE: Places = {
  "an attribute's bytes": [
    attribute,
    ["src/state/codec/codec.ts", "DEFAULT_BYTES = ", "MiB"],
    ["python/persist_session/codec/__init__.py", "MAX_BYTES = ", "MiB"],
  ],
  "a session's values together": [session],
  "depth of a value": [depth],
  "marks of deleted attributes in a record": [marks],
  "a commit's id": [["src/store/refusals.ts", "MAX_COMMIT_ID = ", "characters"]],
  "records kept at hand in a process": [cache],
  "messages of one kind of `flash`": [["src/sessions/flash.ts", "MAX_WAITING = ", ""]],
  "open `liveEvents` connections of a session": [
    ["src/live/live-events.ts", "maxSubscribers = ", ""],
  ],
  "tokens of one request that are verified": [tokens],
  "a body that the page script posts": [smallBody],
  "a frame between Python and the service": [
    ["src/gateway/service/frames.ts", "MAX_BYTES = ", "MiB"],
    ["python/persist_session/service/frames.py", "MAX_BYTES = ", "MiB"],
  ],
  "a tab's session state (`--keep`)": [["src/cli/keep-options.ts", "DEFAULT_KEEP = ", "MiB"]],
  "what waits for a slow Python or service": [
    ["src/gateway/service/outbox.ts", "MAX_BYTES = ", "MiB"],
    ["src/gateway/service/connection.ts", "MAX_WAITING_BYTES = ", "MiB"],
    ["python/persist_session/service/client.py", "MAX_PENDING_BYTES = ", "MiB"],
  ],
  "what a page shows, kept for a reload": [
    ["src/gateway/frame/frames.ts", "maxFrame: ", "MiB"],
    ["src/gateway/frame/frames.ts", "maxTotal: ", "MiB"],
  ],
  "runs without a page": [
    ["src/gateway/frame/kept-runs.ts", "maxRunsOfVisitor: ", ""],
    ["src/gateway/frame/kept-runs.ts", "maxRuns: ", ""],
  ],
  "a page's first message that is held": [["src/gateway/proxy/page-end.ts", "MAX_HELD = ", "MiB"]],
  "a message of Streamlit's that is read": [message],
};

/** The number that stands in the code after a text. */
function numberAfter(file: string, before: string): number {
  const code = readFileSync(join(root, file), "utf8");
  const found = code
    .split(before)
    .slice(1)
    .map((rest) => /^(?:[\d_]+|MIB)(?: \* (?:[\d_]+|MIB))*/.exec(rest)?.[0])
    .find((one) => one !== undefined);
  assert.ok(found !== undefined, `${file} has no number after "${before}"`);
  return found
    .split(" * ")
    .map((factor) => (factor === "MIB" ? MIB : Number(factor.replaceAll("_", ""))))
    .reduce((product, factor) => product * factor, 1);
}

/** Status codes, which are no limits. */
const STATUS = new Set([408, 413]);

/** The numbers that a cell gives. */
function numbersIn(cell: string): number[] {
  const numbers = [...cell.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  return numbers.filter((number) => !STATUS.has(number));
}

/** Whether a cell gives the number in this unit; "32 and 64 MiB" gives two. */
function gives(cell: string, value: number, unit: Unit): boolean {
  return new RegExp(`\\b${value}(?: and \\d+)?${unit && ` ${unit}`}\\b`).test(cell);
}

function check(rows: readonly (readonly string[])[], places: Places): void {
  assert.deepEqual(
    rows.map(([what = ""]) => what),
    Object.keys(places),
    "the rows of the table, and what this test knows of them",
  );
  for (const [what = "", limit = ""] of rows) {
    const known = (places[what] ?? []).map(([file, before, unit]) => {
      const value = numberAfter(file, before) / FACTOR[unit];
      assert.ok(gives(limit, value, unit), `${what}: "${limit}", but ${value} ${unit} in ${file}`);
      return value;
    });
    const unknown = numbersIn(limit).filter((number) => !known.includes(number));
    assert.deepEqual(unknown, [], `${what}: no code of this test has these numbers`);
  }
}

describe("the limits in the docs are those of the code", () => {
  test("operations.md, of the package", () => {
    check(tableAfter("docs/operations.md", "Limits", "\n"), OF_THE_PACKAGE);
  });

  test("operations.md, of the gateway", () => {
    const rows = tableAfter("docs/operations.md", "Limits", "The gateway's own limits");
    check(rows, OF_THE_GATEWAY);
  });

  test("how-it-works.md", () => {
    check(tableRows("docs/how-it-works.md", "Where sizes are limited"), IN_THE_CODE);
  });
});
