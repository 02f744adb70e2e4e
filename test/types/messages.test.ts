import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, instantiations } from "./compile.ts";

const errorsOf = (printed: string): string[] => printed.match(/error TS\d+/g) ?? [];

test("the compiler's message names the field and says what it is", async () => {
  const printed = await compile(`
    import { createSessions, persist } from "persist-session";
    createSessions({ store: "lmbd:./state" });
    @persist("a") class A { fine = 0; pending: Promise<void> | undefined; }
    @persist("b") class B { lists: { done: () => void }[] = []; }
    @persist("c") class C { byId = new Map<string, symbol>(); }
    @persist("d", { version: 2, migrate: () => ({ total: 1 }) }) class D { count = 0; }
  `);
  assert.match(printed, /"pending is a Promise, which cannot be stored/);
  assert.match(printed, /"lists\[\]\.done is a function, which cannot be stored/);
  assert.match(printed, /"byId value is a symbol, which cannot be stored/);
  assert.match(printed, /"migrate gives \\"total\\", which is no attribute of the class"/);
  assert.match(printed, /"lmbd:\.\/state\\" is no store URL, such as lmdb:\.\/dir/);
  assert.doesNotMatch(printed, /fine/);
  assert.equal(errorsOf(printed).length, 5);
});

test("what the compiler has to do stays small for many fields, and for recursive types", async () => {
  const types = `
    interface Tree { name: string; kids: Tree[]; byId: Map<string, Tree>; parent?: Tree; meta: Record<string, Json>; pair: [Tree, Json] }
    type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
    interface Nest<T> { value: T; deeper: Nest<T[]> }
  `;
  const fields = (of: (n: number) => string): string =>
    Array.from({ length: 60 }, (_, n) => `f${n}: ${of(n)} = undefined as never;`).join(" ");
  const kinds = ["Tree", "Json", "Nest<string>", "Tree[] | undefined"];
  const program = (mark: string): string => `
    import { persist } from "persist-session";
    declare function none(key: string): (target: unknown, context: unknown) => void;
    ${types}
    @${mark}("flat") class Flat { ${fields(() => "number")} }
    @${mark}("deep") class Deep { ${fields((n) => `${kinds[n % kinds.length]} | ${n}`)} }
    void persist;
  `;
  const [plain, marked] = [await compile(program("none")), await compile(program("persist"))];
  assert.deepEqual([...errorsOf(plain), ...errorsOf(marked)], []);
  const more = instantiations(marked) - instantiations(plain);
  assert.ok(more > 0 && more < 50_000, `${more} more instantiations`);
});
