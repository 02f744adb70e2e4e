import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "../../src/cli/admin/progress.ts";
import { bytesText, safeText, untilText } from "../../src/cli/admin/text.ts";

function output(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 60, write: (text: string) => written.push(text) };
}

test("Progress draws one line over and over when it is on a terminal", (t) => {
  // However busy the machine is, no time passes between the updates.
  t.mock.method(performance, "now", () => 1000);
  const terminal = output(true);
  const progress = new Progress(terminal, 10);
  progress.update(3, 1500);
  // Too soon after the last to be drawn.
  progress.update(4, 2000);
  progress.end(10, 5000);
  assert.equal(terminal.written.length, 3);
  const [first = "", last = "", end] = terminal.written;
  assert.match(first, /^\r\[#{7} {17}\] 30 % {2}3 of 10 {2}1\.5 kB/);
  assert.match(last, /^\r\[#{24}\] 100 % {2}10 of 10/);
  for (const line of [first, last]) {
    assert.ok(line.endsWith("\u001B[K"));
    assert.ok(line.slice("\r".length, -"\u001B[K".length).length < 60);
  }
  assert.equal(end, "\n");
});

test("Progress writes plain lines, and few of them, when it is no terminal", (t) => {
  t.mock.method(performance, "now", () => 1000);
  const log = output(false);
  const progress = new Progress(log, 100);
  for (let done = 1; done <= 100; done++) progress.update(done, done * 1000);
  progress.end(100, 100_000);
  const text = log.written.join("");
  assert.match(text, /100 % {2}100 of 100 {2}100 kB/);
  assert.ok(log.written.length <= 2);
  assert.ok(!text.includes("\r") && !text.includes("\u001B"));
});

test("Progress shows no more than 100 % when more came in than were counted", () => {
  const log = output(false);
  new Progress(log, 10).end(12, 0);
  assert.match(log.written.join(""), /^100 % {2}12 of 12/);
});

test("safeText() shows what a terminal would obey when a name holds it", () => {
  assert.equal(safeText("a\u001B[2Jb\u202E\u0085ü"), "a\\u{1b}[2Jb\\u{202e}\\u{85}ü");
});

test("bytesText() and untilText() round to what a person needs", () => {
  assert.deepEqual([0, 999, 1500, 12_345, 999_999, 5e9].map(bytesText), [
    "0 B",
    "999 B",
    "1.5 kB",
    "12 kB",
    "1.0 MB",
    "5.0 GB",
  ]);
  assert.deepEqual(
    [-5, 10, 150, 10_000, 30 * 86_400].map((seconds) => untilText(seconds * 1000, 0)),
    ["0 s", "10 s", "2 min", "2 h", "30 d"],
  );
});
