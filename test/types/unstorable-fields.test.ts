import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { z } from "zod";
import { persist, restore, state, type StateClass } from "../../src/index.ts";
import { testSession } from "../../src/testing/index.ts";

// What the compiler must refuse has @ts-expect-error, which itself is an error if nothing is
// refused; the rest must compile.

class Money {
  amount = 0;
  plus(more: number): number {
    return this.amount + more;
  }
}

class Hidden {
  readonly #value: number;
  private constructor(value: number) {
    this.#value = value;
  }
  static of(value: number): Hidden {
    return new Hidden(value);
  }
  shown(): number {
    return this.#value;
  }
}

async function commit(stateClass: StateClass, change: (state: never) => void): Promise<void> {
  const browser = await testSession();
  try {
    await browser.run(async () => change((await restore(stateClass)) as never));
  } finally {
    await browser.close();
  }
}

const refused = (path: RegExp) => ({ code: "ERR_VALUE_UNSUPPORTED", message: path });

test("a field that can hold nothing storable is refused by the compiler, and its value by the commit", async () => {
  // @ts-expect-error -- a Promise, also one that may be missing
  @persist("types.promise")
  class Waiting {
    pending: Promise<void> | undefined;
  }
  await assert.rejects(
    commit(Waiting, (found: Waiting) => void (found.pending = Promise.resolve())),
    refused(/^Waiting\.pending/),
  );

  // @ts-expect-error -- a WeakMap, which a Map would fit
  @persist("types.weak-map")
  class Weak {
    cache = new WeakMap<object, string>();
  }
  await assert.rejects(
    commit(Weak, (found: Weak) => void (found.cache = new WeakMap())),
    refused(/^Weak\.cache/),
  );

  // @ts-expect-error -- a symbol
  @persist("types.symbol")
  class Named {
    id: symbol = Symbol("a");
  }
  await assert.rejects(
    commit(Named, (found: Named) => void (found.id = Symbol("b"))),
    refused(/^Named\.id/),
  );

  // @ts-expect-error -- functions in a list
  @persist("types.functions")
  class Listening {
    listeners: (() => void)[] = [];
  }
  await assert.rejects(
    commit(Listening, (found: Listening) => found.listeners.push(() => {})),
    refused(/^Listening\.listeners\[0\]/),
  );

  // @ts-expect-error -- a function deep inside
  @persist("types.deep")
  class Deep {
    columns: { cards: Map<string, { done: boolean; run: () => void }> }[] = [];
  }
  await assert.rejects(
    commit(Deep, (found: Deep) =>
      found.columns.push({ cards: new Map([["a", { done: true, run: () => {} }]]) }),
    ),
    refused(/^Deep\.columns\[0\]\.cards/),
  );

  // @ts-expect-error -- a class with methods that is not registered
  @persist("types.unregistered")
  class Unregistered {
    prices: Money[] = [];
  }
  await assert.rejects(
    commit(Unregistered, (found: Unregistered) => found.prices.push(new Money())),
    refused(/^Unregistered\.prices\[0\]/),
  );

  // @ts-expect-error -- of the runtime
  @persist("types.runtime")
  class OfRuntime {
    file: File | null = null;
    // oxlint-disable-next-line typescript/no-invalid-void-type -- what is refused
    tuple: [string, symbol] | null = null;
  }
  await assert.rejects(
    commit(OfRuntime, (found: OfRuntime) => void (found.file = new File(["a"], "b"))),
    refused(/^OfRuntime\.file/),
  );
});

test("the function form refuses the same, and takes transient names and types", () => {
  class Cart {
    pending: Promise<void> | undefined;
    prices: Money[] = [];
    hidden: Hidden | undefined;
  }
  // @ts-expect-error -- three fields are refused
  persist("types.function", Cart);
  // @ts-expect-error -- one is
  persist("types.function", Cart, { types: { Money, Hidden } });
  persist("types.function", Cart, { types: { Money, Hidden }, transient: ["pending"] });
  assert.deepEqual({ ...new Cart() }, { pending: undefined, prices: [], hidden: undefined });
});

interface Priced {
  plus(more: number): number;
}
interface Tree {
  name: string;
  children: Tree[];
  parent?: Tree;
  seen: Map<string, Tree>;
}
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
declare const brand: unique symbol;

@persist("types.accepted", { types: { Money, Hidden }, transient: ["socket"] })
class Accepted {
  text = "";
  at = new Date(0);
  big = 10n ** 30n;
  map = new Map<string, { seen: Set<Date> }>();
  url = new URL("http://localhost/");
  query = new URLSearchParams();
  headers = new Headers();
  pattern = /a/g;
  bytes = new Uint8Array(2);
  floats: Float64Array | DataView | ArrayBuffer = new Float64Array(1);
  buffer = Buffer.from("a");
  anything: any = null; // oxlint-disable-line typescript/no-explicit-any -- must be accepted
  unknown: unknown = null;
  wide: object = {};
  boxed: String = ""; // oxlint-disable-line typescript/no-wrapper-object-types -- as above
  iterable: Iterable<string> = [];
  readonlyMap: ReadonlyMap<string, readonly string[]> = new Map();
  tree: Tree | undefined;
  json: Json = null;
  money = new Money();
  priced: Priced[] = [new Money()];
  hidden: Hidden | undefined;
  id = "a" as string & { readonly __tag: unique symbol };
  marked = { a: 1 } as { a: 1 } & { readonly [brand]: true };
  key: PropertyKey = "a";
  mixed: string | (() => string) = "";
  optional: { run?: () => void } = {};
  none: never[] = [];
  error: Error | undefined;
  socket = new AbortController();
  greet = () => this.text;
  #private = new WeakMap<object, string>();
  get view(): Promise<WeakMap<object, string>> {
    return Promise.resolve(this.#private);
  }
  method(): Promise<void> {
    return Promise.resolve();
  }
}

test("whatever the commit accepts compiles, and is there after the reload", async () => {
  const browser = await testSession();
  await browser.run(async () => {
    const mine = await restore(Accepted);
    mine.tree = { name: "a", children: [], seen: new Map() };
    mine.tree.children.push(mine.tree);
    mine.map.set("a", { seen: new Set([new Date(1)]) });
    mine.json = [{ a: [null] }];
    mine.money.amount = 4;
  });
  await browser.reload();
  await browser.run(async () => {
    const mine = await restore(Accepted);
    assert.equal(mine.tree?.children[0], mine.tree);
    assert.equal(mine.money.plus(1), 5);
    assert.deepEqual(mine.json, [{ a: [null] }]);
    assert.equal(mine.map.get("a")?.seen.size, 1);
  });
  await browser.close();
});

test("generic code that marks classes is left to run time", () => {
  const marks = <T extends object>(key: string, found: StateClass<T>): void => persist(key)(found);
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as code is written
  const also = <C extends StateClass>(key: string, found: C): void => persist(key, found);
  const holder = <T>(value: T): StateClass<{ value: T; list: T[] }> => {
    @persist("types.generic")
    class Holder {
      value = value;
      list: T[] = [];
    }
    return Holder;
  };
  class Plain {
    count = 0;
  }
  marks("types.generic-1", Plain);
  also("types.generic-2", Plain);
  assert.equal(new (holder(1))().value, 1);
});

test("a schema whose values cannot be stored is refused by the compiler", async () => {
  const isFunction = (value: unknown): boolean => typeof value === "function";
  // @ts-expect-error -- a symbol, also if all is readonly
  const symbols = state("types.schema-symbol", z.object({ s: z.symbol().optional() }).readonly());
  await assert.rejects(
    commit(symbols, (found: { s: symbol }) => void (found.s = Symbol("a"))),
    refused(/s/),
  );
  const shape = z.object({ prices: z.array(z.instanceof(Money)).default([]) });
  // @ts-expect-error -- a class with methods that is not registered
  state("types.schema-class", shape);
  state("types.schema-registered", shape, { types: { Money } });
  const run = v.custom<() => void>(isFunction);
  // @ts-expect-error -- a function that the app would assign
  state("types.schema-function", v.object({ run: v.optional(run) }));
  // One that is a default is no attribute.
  const given = state("types.schema-default", v.object({ run: v.optional(run, () => () => {}) }));
  assert.equal(typeof new given().run, "function");
  state(
    "types.schema-accepted",
    z.object({
      at: z.date().optional(),
      map: z.map(z.string(), z.set(z.bigint())).optional(),
      any: z.any().optional(),
      json: z.record(z.string(), z.json()).default({}),
    }),
  );
});

test("migrate must give something of the class, and of its types, in both forms", () => {
  const version = 2;
  class Counted {
    count = 0;
  }
  // @ts-expect-error -- nothing of the class
  persist("types.migrate", { version, migrate: () => ({ total: 1 }) })(Counted);
  // @ts-expect-error -- a string for a number
  persist("types.migrate", { version, migrate: async () => ({ count: "1" }) })(Counted);
  // @ts-expect-error -- nothing of the class
  persist("types.migrate", Counted, { version, migrate: () => ({ total: 1 }) });
  // What older code stored may stay beside it.
  persist("types.migrate", { version, migrate: (old) => ({ ...old, count: 1 }) })(Counted);
  persist("types.migrate", { version, migrate: () => ({ count: 1, former: true }) })(Counted);
  persist("types.migrate", Counted, { version, migrate: () => ({ count: 1, former: true }) });
  assert.ok(new Counted().count === 0);
});
