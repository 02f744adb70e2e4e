import assert from "node:assert/strict";
import { test } from "node:test";
import { Decimal } from "decimal.js";
import { DateTime } from "luxon";
import { Temporal as JsTemporal } from "@js-temporal/polyfill";
import { Temporal } from "temporal-polyfill";
import * as v from "valibot";
import { peek, persist, restore, state } from "../../src/index.ts";
import { testSession } from "../../src/testing/index.ts";
import { opened } from "../sessions/fixture.ts";

class Secret {
  readonly #word: string;
  constructor(word: string) {
    this.#word = word;
  }
  shown(): string {
    return this.#word;
  }
}

class Upper extends Map<string, number> {}

const types = {
  Decimal: {
    type: Decimal,
    write: (value: Decimal) => value.toString(),
    read: (text: string) => new Decimal(text),
  },
  DateTime: {
    type: DateTime,
    write: (value: DateTime) => String(value.toISO({ extendedZone: true })),
    read: (text: string) => DateTime.fromISO(text, { setZone: true }),
  },
  PlainDate: {
    type: Temporal.PlainDate,
    write: String,
    read: (text: string) => Temporal.PlainDate.from(text),
  },
  ZonedDateTime: {
    type: JsTemporal.ZonedDateTime,
    write: String,
    read: (text: string) => JsTemporal.ZonedDateTime.from(text),
  },
  Secret: {
    type: Secret,
    write: (value: Secret) => ({ word: value.shown(), at: new Date(0) }),
    read: ({ word }: { word: string; at: Date }) => new Secret(word),
  },
  Upper: {
    type: Upper,
    write: (value: Upper) => [...value],
    read: (entries: [string, number][]) => new Upper(entries),
  },
};

@persist("written.state", { types })
class State {
  price: Decimal = new Decimal("0.1");
  at: DateTime | undefined;
  days: Temporal.PlainDate[] = [];
  zoned: JsTemporal.ZonedDateTime | null = null;
  secrets = new Map<string, Secret>();
  upper = new Upper();
  twice: Decimal[] = [];
}

test("types as { type, write, read } are kept, whatever holds them, and are instances again", async () => {
  const browser = await testSession();
  await browser.run(async () => {
    const mine = await restore(State);
    mine.price = mine.price.plus("0.2");
    mine.at = DateTime.fromISO("2026-01-31T10:00:00", { zone: "Europe/Berlin" });
    mine.days.push(Temporal.PlainDate.from("2026-02-28"));
    mine.zoned = JsTemporal.ZonedDateTime.from("2026-02-28T10:00[Europe/Berlin]");
    mine.secrets.set("$a", new Secret("cocoa"));
    mine.upper.set("A", 1);
    const shared = new Decimal(7);
    mine.twice = [shared, shared];
  });
  await browser.reload();
  await browser.run(async () => {
    const mine = await restore(State);
    assert.ok(mine.price instanceof Decimal);
    assert.equal(mine.price.toString(), "0.3");
    assert.equal(mine.at?.zoneName, "Europe/Berlin");
    assert.equal(mine.at?.toMillis(), Date.UTC(2026, 0, 31, 9));
    assert.equal(mine.days[0]?.add({ days: 1 }).toString(), "2026-03-01");
    assert.equal(mine.zoned?.hour, 10);
    assert.equal(mine.secrets.get("$a")?.shown(), "cocoa");
    assert.equal(mine.upper.get("A"), 1);
    assert.ok(mine.upper instanceof Upper);
    assert.equal(mine.twice[0], mine.twice[1]);
    mine.upper.set("A", 2);
  });
  await browser.run(async () => {
    const seen = await peek(State);
    assert.equal(seen.upper.get("A"), 2, "a change in place is found");
    // Luxon caches on its instances: a frozen one would throw.
    assert.equal(seen.at?.weekNumber, 5);
    assert.equal(seen.price.plus(1).toString(), "1.3");
  });
  await browser.close();
});

test("another process's value replaces one that is held: only its class knows what it holds", async () => {
  const { session, other } = await opened();
  await session.run(async () => {
    const mine = await restore(State);
    mine.secrets.set("a", new Secret("one"));
    mine.days.push(Temporal.PlainDate.from("2026-01-01"));
    await session.commit();
    const there = await other().open(session.token);
    await there.run(async () => {
      const theirs = await restore(State);
      theirs.secrets.set("a", new Secret("two"));
      theirs.days[0] = Temporal.PlainDate.from("2026-01-02");
    });
    await session.run(async () => {
      const now = await restore(State);
      assert.equal(now.secrets.get("a")?.shown(), "two");
      assert.equal(now.days[0]?.toString(), "2026-01-02");
    });
  });
});

test("a value that read() does not give back is refused at the commit, with its path", async () => {
  const lossy = {
    type: Secret,
    write: (value: Secret) => value.shown().slice(0, 1),
    read: (a: string) => new Secret(`${a}${a}`),
  };
  const wrong = {
    type: Secret,
    write: (value: Secret) => value.shown(),
    read: () => new Upper() as never,
  };
  const throws = {
    type: Secret,
    write: (value: Secret) => value.shown(),
    read: (): Secret => {
      throw new Error("cocoa");
    },
  };
  const symbols = { type: Secret, write: () => Symbol("a"), read: () => new Secret("") };
  const itself = { type: Secret, write: (value: Secret) => value, read: (value: Secret) => value };
  const shared = {
    type: Secret,
    write: () => {
      const one = {};
      return [one, one];
    },
    read: () => new Secret(""),
  };
  for (const [name, entry] of Object.entries({ wrong, throws, symbols, itself, shared })) {
    class Holder {
      list: Secret[] = [];
    }
    persist(`written.${name}`, Holder, { types: { Secret: entry as typeof lossy } });
    const browser = await testSession();
    await assert.rejects(
      browser.run(async () => void (await restore(Holder)).list.push(new Secret("cocoa"))),
      ({ code, message }: { code: string; message: string }) => {
        assert.equal(code, "ERR_VALUE_UNSUPPORTED", name);
        assert.match(message, /^Holder\.list\[0\]/);
        assert.doesNotMatch(message, /cocoa/);
        return true;
      },
    );
    await browser.close();
  }
});

test("what is stored under a type that is not named, or not so, is an error that says what to do", async () => {
  class Named {
    secret: Secret | null = null;
  }
  persist("written.named", Named, { types: { Secret: types.Secret } });
  const { session, other } = await opened();
  await session.run(async () => void ((await restore(Named)).secret = new Secret("cocoa")));
  class Plain {
    secret: unknown = null;
  }
  for (const named of [{}, { Secret }]) {
    persist("written.named", Object.defineProperty(Plain, "name", { value: "Named" }), {
      types: named,
    });
    const there = await other().open(session.token);
    await assert.rejects(
      there.run(async () => (await restore(Plain)).secret),
      ({ code, message }: { code: string; message: string }) => {
        assert.equal(code, "ERR_DECODE");
        assert.match(message, /"Secret".*\{ type, write, read \}/);
        assert.doesNotMatch(message, /cocoa/);
        return true;
      },
    );
  }
});

test("what was stored as properties of a class is read when write and read are given later", async () => {
  class Point {
    x = 1;
  }
  class Before {
    point = new Point();
  }
  persist("written.moved", Before, { types: { Point } });
  const { session, other } = await opened();
  await session.run(async () => void ((await restore(Before)).point.x = 5));
  class After {
    point = new Point();
  }
  persist("written.moved", Object.defineProperty(After, "name", { value: "Before" }), {
    types: {
      Point: {
        type: Point,
        write: ({ x }: Point) => x,
        read: (x: number) => Object.assign(new Point(), { x }),
      },
    },
  });
  for (const x of [5, 6]) {
    const there = await other().open(session.token);
    await there.run(async () => {
      const { point } = await restore(After);
      assert.ok(point instanceof Point);
      assert.equal(point.x, x);
      point.x++;
    });
  }
});

test("a schema's state takes them too, and wrong entries are refused at once and by the compiler", async () => {
  const money = state(
    "written.schema",
    v.object({ price: v.optional(v.instance(Decimal), () => new Decimal(1)) }),
    { types: { Decimal: types.Decimal } },
  );
  const browser = await testSession();
  await browser.run(async () => {
    const mine = await restore(money);
    mine.price = mine.price.plus("0.5");
  });
  await browser.reload();
  await browser.run(async () => assert.equal((await restore(money)).price.toString(), "1.5"));
  await browser.close();

  class Plain {
    count = 0;
  }
  const refused = { code: "ERR_OPTION_INVALID" };
  const { type, write, read } = types.Decimal;
  // @ts-expect-error -- read is missing
  assert.throws(() => persist("written.wrong", Plain, { types: { A: { type, write } } }), refused);
  // @ts-expect-error -- no class
  assert.throws(() => persist("written.wrong", Plain, { types: { A: "Decimal" } }), refused);
  const all = { type: Object, write: () => 1, read: () => ({}) };
  assert.throws(() => persist("written.wrong", Plain, { types: { A: all } }), refused);
  const number = (text: number): Decimal => new Decimal(text);
  const date = (text: string): Date => new Date(text);
  const time = (at: Date): string => at.toISOString();
  // @ts-expect-error -- read takes what write does not give
  persist("written.wrong-1", Plain, { types: { A: { type, write, read: number } } });
  // @ts-expect-error -- read gives another class
  persist("written.wrong-2", Plain, { types: { A: { type, write, read: date } } });
  // @ts-expect-error -- write takes another class
  persist("written.wrong-3", Plain, { types: { A: { type, write: time, read } } });
  persist("written.inline", Plain, {
    types: { A: { type: Decimal, write: (a) => a.toString(), read: (a) => new Decimal(a) } },
  });
});
