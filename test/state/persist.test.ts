import assert from "node:assert/strict";
import { test } from "node:test";
import { persist } from "../../src/index.ts";
import { registrationOf } from "../../src/state/registry.ts";

const misuse = (code: string, message: RegExp) => ({ name: "PersistError", code, message });

test("persist() registers a class under its key and leaves the class as it was when used as a decorator", () => {
  @persist("persist.decorator", {
    version: 2,
    migrate: () => ({ count: 1 }),
    transient: ["scratch"],
  })
  class Decorated {
    count = 0;
    scratch = 1;
  }
  const { key, version, stateClass } = registrationOf(Decorated);
  assert.deepEqual([key, version, stateClass], ["persist.decorator", 2, Decorated]);
  assert.deepEqual(Object.keys(new Decorated()), ["count", "scratch"]);
});

test("persist() works as a function on a plain class, and as a legacy decorator", () => {
  class Plain {
    count = 0;
  }
  persist("persist.function", Plain);
  class Legacy {
    count = 0;
  }
  assert.equal(persist("persist.legacy")(Legacy), undefined);
  assert.equal(registrationOf(Plain).key, "persist.function");
  assert.equal(registrationOf(Legacy).key, "persist.legacy");
});

test("persist() replaces when the same key comes with the same class name, as a hot reload does", () => {
  const make = () => {
    class Hot {
      count = 0;
    }
    persist("persist.hot", Hot);
    return Hot;
  };
  const [first, second] = [make(), make()];
  assert.equal(registrationOf(first).stateClass, first);
  assert.equal(registrationOf(second).stateClass, second);
});

test("persist() throws ERR_KEY_TAKEN when another class has the key", () => {
  class One {}
  class Two {}
  persist("persist.taken", One);
  assert.throws(
    () => persist("persist.taken", Two),
    misuse("ERR_KEY_TAKEN", /"persist\.taken" of class Two is taken by class One/),
  );
  assert.equal(registrationOf(One).key, "persist.taken");
});

test("persist() throws ERR_CLASS_ARGUMENTS when the constructor needs arguments, and takes defaults", () => {
  class Needy {
    name: string;
    constructor(name: string) {
      this.name = name;
    }
  }
  assert.throws(
    () => persist("persist.needy", Needy as never),
    misuse("ERR_CLASS_ARGUMENTS", /Needy needs 1 argument.*Give each parameter a default/),
  );
  class Content {
    name: string;
    constructor(name = "none") {
      this.name = name;
    }
  }
  persist("persist.content", Content);
});

test("persist() throws ERR_NOT_A_CLASS when it marks something else", () => {
  const decorator = persist("persist.method") as (value: unknown, context?: unknown) => void;
  for (const [value, context] of [
    [() => 1, undefined],
    [{}, undefined],
    [undefined, undefined],
    [async function work() {}, undefined],
    [class {}, { kind: "method" }],
  ] as const) {
    assert.throws(
      () => decorator(value, context),
      misuse("ERR_NOT_A_CLASS", /directly before "class"/),
    );
  }
});

test("persist() throws ERR_KEY_INVALID when the key is empty, too long, with control characters or no string", () => {
  for (const key of ["", "x".repeat(201), "a\u0000b", "line\n", 7, undefined]) {
    assert.throws(() => persist(key as string), misuse("ERR_KEY_INVALID", /1 to 200 characters/));
  }
});

test("persist() throws ERR_OPTION_INVALID naming the option when an option is wrong", () => {
  class Optional {
    count = 0;
  }
  for (const [option, value] of [
    ["version", 0],
    ["version", 1.5],
    ["version", "2"],
    ["migrate", {}],
    ["transient", "count"],
    ["owner", "everybody"],
    ["types", { Money: 1 }],
    ["ttl", "soon"],
    ["ttl", -1],
  ] as const) {
    assert.throws(
      () => persist("persist.options", Optional, { [option]: value } as never),
      misuse("ERR_OPTION_INVALID", new RegExp(option)),
    );
  }
});

test("registrationOf() throws ERR_NOT_PERSISTED when only the parent class was marked", () => {
  @persist("persist.parent")
  class Parent {
    count = 0;
  }
  class Child extends Parent {}
  assert.equal(registrationOf(Parent).key, "persist.parent");
  assert.throws(
    () => registrationOf(Child),
    misuse("ERR_NOT_PERSISTED", /Child is not a persisted class/),
  );
});

test("persist() options are typed against the class", () => {
  // @ts-expect-error -- "missing" is no attribute of the class
  @persist("persist.typed", { transient: ["missing"] })
  class Typed {
    count = 0;
  }
  // @ts-expect-error -- migrate gives a string for a number
  @persist("persist.typed-migrate", { version: 2, migrate: () => ({ count: "one" }) })
  class TypedMigrate {
    count = 0;
  }
  class Plain {
    count = 0;
  }
  // @ts-expect-error -- "missing" is no attribute of the class
  persist("persist.typed-function", Plain, { transient: ["missing"] });
  class Needy {
    name: string;
    constructor(name: string) {
      this.name = name;
    }
  }
  // @ts-expect-error -- the constructor needs an argument
  assert.throws(() => persist("persist.typed-needy", Needy), { code: "ERR_CLASS_ARGUMENTS" });
  assert.ok(Typed && TypedMigrate);
});
