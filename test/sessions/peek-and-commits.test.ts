import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { createSessions, persist, restore, type Session } from "../../src/index.ts";

@persist("peek-and-commits.app")
class AppState {
  count = 0;
  list: number[] = [];
}

function storeOf(t: TestContext, kind: string): string {
  if (kind === "memory") return "memory:";
  const directory = mkdtempSync(join(tmpdir(), "peek-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return `lmdb:${directory}`;
}

type Step = "assign" | "push" | "commit" | "update" | "peek" | "peek later" | "settle" | "turn";

/**
 * Works on one session in one scope, and compares what each `peek` gives with what it must show.
 */
async function work(session: Session, steps: readonly Step[]): Promise<void> {
  const state = await restore(AppState);
  let number = 0;
  const underWay: Promise<unknown>[] = [];
  const look = async (exactly: boolean): Promise<void> => {
    const [count, length] = [state.count, state.list.length];
    const { count: seen, list } = await session.peek(AppState);
    if (exactly) assert.deepEqual([seen, list.length], [count, length]);
    // What was changed after the call may show too.
    else assert.ok(seen >= count && list.length >= length, `${seen} of ${count}`);
  };
  for (const step of steps) {
    if (step === "assign") state.count = ++number;
    else if (step === "push") state.list.push(number);
    else if (step === "commit") underWay.push(session.commit());
    else if (step === "update") underWay.push(session.update(AppState, () => {}));
    else if (step === "peek") await look(true);
    else if (step === "peek later") underWay.push(look(false));
    else if (step === "settle") await Promise.all(underWay.splice(0));
    else await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(underWay);
}

for (const kind of ["memory", "LMDB"])
  test(`peek() shows all that its scope has changed, however commits overlap: ${kind}`, async (t) => {
    const sessions = createSessions({
      store: storeOf(t, kind),
      secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi",
      sweepInterval: false,
    });
    const step = fc.constantFrom<Step>(
      "assign",
      "push",
      "commit",
      "commit",
      "update",
      "peek",
      "peek later",
      "settle",
      "turn",
    );
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const session = await sessions.open();
          await session.run(async () => await work(session, steps));
        }),
        { numRuns: 150 },
      );
    } finally {
      await sessions.close();
    }
  });
