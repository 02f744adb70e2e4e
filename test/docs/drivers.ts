import assert from "node:assert/strict";
import type { RunningProgram } from "./running-program.ts";
import { Visitor } from "./visitor.ts";

/**
 * What a reader would do with a program that does not end by itself, by the program's name in the page. A program
 * without an entry here must end by itself, without an error.
 */
export const drivers: Record<string, (program: RunningProgram) => Promise<void>> = {
  async "first-example"(program) {
    const visitor = new Visitor(program);
    assert.deepEqual(await visitor.json("/"), { count: 0, todos: [] });
    assert.equal(visitor.cookie, "", "who stores nothing gets no cookie");
    assert.equal((await visitor.post("/add", { text: "tea" })).status, 302);
    await program.restart();
    assert.deepEqual(await visitor.json("/"), { count: 1, todos: ["tea"] });
    assert.deepEqual(await new Visitor(program).json("/"), { count: 0, todos: [] });
  },
};
