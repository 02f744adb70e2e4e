import assert from "node:assert/strict";
import { test } from "node:test";
import { currentSession, type DeepReadonly, peek, persist, restore } from "../../src/index.ts";
import { expose } from "../../src/live/index.ts";
import { testSession } from "../../src/testing/index.ts";

class Money {
  amount = 1;
  plus(more: number): number {
    return this.amount + more;
  }
}

class Sealed {
  readonly #value = 1;
  double(): number {
    return this.#value * 2;
  }
}

interface Tree {
  name: string;
  children: Tree[];
}

@persist("types.read", { types: { Money } })
class Read {
  count = 1;
  list = [{ done: false, tags: ["a"] }];
  pair: [string, { x: number }] = ["a", { x: 1 }];
  map = new Map([["a", { n: 1 }]]);
  set = new Set([{ n: 1 }]);
  at = new Date(0);
  url = new URL("http://localhost/?a=1");
  query = new URLSearchParams("a=1");
  headers = new Headers({ a: "1" });
  bytes = new Uint8Array(1);
  money = new Money();
  tree: Tree = { name: "a", children: [] };
  maybe: { a?: number[] } | undefined = { a: [1] };
  anything: any = { a: 1 }; // oxlint-disable-line typescript/no-explicit-any -- stays what it is
  unknown: unknown = 1;
  #own = 1;
  greet = (): string => `Hello ${this.#own}`;
  total(): number {
    return this.list.length;
  }
}

const fails = (change: () => unknown): void => assert.throws(change, TypeError);

test("what peek() gives is readonly to the compiler as it is at run time", async () => {
  const browser = await testSession();
  await browser.run(async () => void (await restore(Read)).count++);
  await browser.run(async () => {
    const seen = await peek(Read);
    // @ts-expect-error -- an attribute
    fails(() => void (seen.count = 2));
    // @ts-expect-error -- an array
    fails(() => seen.list.push({ done: true, tags: [] }));
    // @ts-expect-error -- an object in an array
    fails(() => void (seen.list[0]!.done = true));
    // @ts-expect-error -- an array in that
    fails(() => seen.list[0]?.tags.push("b"));
    // @ts-expect-error -- a tuple
    fails(() => void (seen.pair[0] = "b"));
    // @ts-expect-error -- an object in a tuple
    fails(() => void (seen.pair[1].x = 2));
    // @ts-expect-error -- a Map
    fails(() => seen.map.set("b", { n: 1 }));
    // @ts-expect-error -- a value of a Map
    fails(() => void (seen.map.get("a")!.n = 2));
    // @ts-expect-error -- a Set
    fails(() => seen.set.clear());
    // @ts-expect-error -- an item of a Set
    fails(() => void ([...seen.set][0]!.n = 2));
    // @ts-expect-error -- a Date
    fails(() => seen.at.setTime(1));
    // @ts-expect-error -- a Date
    fails(() => seen.at.setUTCFullYear(1));
    // @ts-expect-error -- URLSearchParams
    fails(() => seen.query.append("b", "1"));
    // @ts-expect-error -- Headers
    fails(() => seen.headers.delete("a"));
    // @ts-expect-error -- an instance of a registered class
    fails(() => void (seen.money.amount = 2));
    // @ts-expect-error -- a recursive type
    fails(() => seen.tree.children.push({ name: "b", children: [] }));
    // @ts-expect-error -- what may be missing
    fails(() => seen.maybe?.a?.push(2));
    const mine = await currentSession().peek(Read);
    // @ts-expect-error -- as a session gives it
    fails(() => void (mine.pair[1].x = 1));
  });
  await browser.close();
});

test("what peek() gives can be read and handed on as before", async () => {
  const browser = await testSession();
  await browser.run(async () => {
    const seen = await peek(Read);
    const takesDate = (at: Date): number => at.getTime();
    const takesParams = (query: URLSearchParams): string => query.toString();
    const takesMoney = (money: Money): number => money.plus(1);
    const takesBytes = (bytes: Uint8Array): number => bytes.length;
    const takesUrl = (url: URL): string => url.href;
    assert.deepEqual(
      [
        takesDate(seen.at),
        takesParams(seen.query),
        takesMoney(seen.money),
        takesBytes(seen.bytes),
        takesUrl(seen.url),
        seen.greet(),
        seen.total(),
        new Date(seen.at).getTime(),
        new Intl.DateTimeFormat("en", { timeZone: "UTC" }).format(seen.at),
        seen.at < new Date(1),
        seen.list.map(({ tags }) => tags.length),
        seen.pair.length satisfies 2,
        seen.pair[1].x satisfies number,
        seen.anything.a,
      ],
      [0, "a=1", 2, 1, "http://localhost/?a=1", "Hello 1", 1, 0, "1/1/1970", true, [1], 2, 1, 1],
    );
    for (const { n } of seen.map.values()) n satisfies number;
    const { list, count } = expose(Read, ["list", "count"]).pick(seen);
    // @ts-expect-error -- a part of it is readonly, too
    fails(() => list.push({ done: true, tags: [] }));
    assert.equal(count, 1);
  });
  await browser.close();
});

test("a state that may be changed goes where one for reading is asked for", async () => {
  const show = ({ list, at, pair }: DeepReadonly<Read>): string =>
    `${list.length} ${at.getTime()} ${pair[0]}`;
  assert.equal(show(new Read()), "1 0 a");
  // A class with private members is itself, or it would not fit where it is asked for.
  const holder: DeepReadonly<{ sealed: Sealed; list: string[] }> = {
    sealed: new Sealed(),
    list: ["a"],
  };
  const takesSealed = (sealed: Sealed): number => sealed.double();
  // @ts-expect-error -- beside it, all is readonly
  holder.list.push("b");
  assert.equal(takesSealed(holder.sealed), 2);
});
