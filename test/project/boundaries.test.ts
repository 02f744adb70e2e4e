import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import {
  filesBelow,
  importedFrom,
  importsBelow,
  importsIn,
  packageOf,
  root,
  type Import,
} from "./imports.ts";

const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
  compilerOptions: { paths: Record<string, [string]> };
};
/**
 * A name of package.json's `imports`, which other runtimes take for another file, is here the file
 * that Node takes.
 */
const imports = importsBelow(join(root, "src"), ".ts").map(({ from, to }) => ({
  from,
  to: to.startsWith("#") ? (compilerOptions.paths[to]?.[0].replace("./src/", "") ?? to) : to,
}));
const local = imports.filter(({ to }) => to.endsWith(".ts"));
const foreign = imports.filter(({ to }) => !to.endsWith(".ts"));

/** The only files that may name a package, types included. */
const OWN_FILE: Record<string, RegExp> = {
  lmdb: /^store\/lmdb(\.ts$|\/)/,
  pg: /^store\/postgres(\.ts$|\/)/,
  redis: /^store\/redis(\.ts$|\/)/,
  express: /^adapter\/express\.ts$/,
  fastify: /^adapter\/fastify\.ts$/,
  hono: /^adapter\/hono\.ts$/,
  react: /^client\/react\.ts$/,
  next: /^adapter\/next\.ts$/,
  "@nestjs/common": /^adapter\/nest\.ts$/,
  "@nestjs/core": /^adapter\/nest\.ts$/,
  rxjs: /^adapter\/nest\.ts$/,
  ws: /^adapter\/ws\.ts$/,
  "smol-toml": /^cli\/settings\/table\.ts$/,
};

const HTTP = /^node:(http|https|http2)$/;

function assertNone(found: readonly Import[], rule: string): void {
  const lines = found.map(({ from, to }) => `  ${from} imports ${to}`);
  assert.equal(lines.length, 0, `${rule}\n${lines.join("\n")}`);
}

function within(directory: string, path: string): boolean {
  return path === `${directory}.ts` || path.startsWith(`${directory}/`);
}

/** What every room may use: it knows nothing of any of them. */
const GROUND: ReadonlySet<string> = new Set([
  "drop-oldest.ts",
  "errors.ts",
  "make-directory.ts",
  "private-directory.ts",
  "process-wide.ts",
  "queue.ts",
]);

/**
 * Entries of the package, which are doors of their own: a store is loaded only if its URL names it,
 * an adapter for its framework alone.
 */
const ENTRIES = /^(store\/(memory|lmdb|redis|postgres)|adapter\/express)\.ts$/;
/** The records are below the sessions, and so have a door for those who need no session. */
const RECORDS = "sessions/records/index.ts";

/**
 * Whether a module may name another: one of its own room, the door of a room, or a file that
 * belongs to no room.
 */
function isDoor(from: string, to: string): boolean {
  if (ENTRIES.test(to) || to === RECORDS) return true;
  const rooms = dirname(to).split("/");
  for (let depth = 1; depth <= rooms.length; depth++) {
    const room = rooms.slice(0, depth).join("/");
    // `store/lmdb.ts` is the door of `store/lmdb/`.
    if (room === "." || from === `${room}.ts` || from.startsWith(`${room}/`)) continue;
    return to === `${room}/index.ts`;
  }
  return true;
}

describe("who may import whom", () => {
  const islands = ["identity", "state/codec", "store"];

  for (const island of islands) {
    for (const other of islands.filter((name) => name !== island)) {
      test(`${island} knows nothing of ${other}`, () => {
        assert.ok(
          local.some(({ from }) => within(island, from)),
          `nothing found in ${island}`,
        );
        assertNone(
          local.filter(({ from, to }) => within(island, from) && within(other, to)),
          `${island} must not import ${other}`,
        );
      });
    }
    test(`${island} imports only itself and the ground`, () => {
      assertNone(
        local.filter(
          ({ from, to }) => within(island, from) && !within(island, to) && !GROUND.has(to),
        ),
        `${island} stands on ${[...GROUND].join(", ")} alone`,
      );
    });
  }

  for (const layer of ["state", "sessions"]) {
    test(`${layer} knows no HTTP`, () => {
      assertNone(
        imports.filter(
          ({ from, to }) => within(layer, from) && (HTTP.test(to) || within("adapter", to)),
        ),
        `${layer} must not know how an app is reached`,
      );
    });
  }

  test("what runs in the page imports only itself", () => {
    assertNone(
      local.filter(({ from, to }) => within("client", from) && !within("client", to)),
      "a page gets nothing of the server's code",
    );
  });

  test("the ground knows none of the rooms", () => {
    assertNone(
      local.filter(({ from, to }) => GROUND.has(from) && !GROUND.has(to)),
      "what every room stands on imports only its like",
    );
  });

  test("records know no scope, and no object that scopes share", () => {
    assertNone(
      local.filter(
        ({ from, to }) =>
          within("sessions/records", from) &&
          within("sessions", to) &&
          !within("sessions/records", to),
      ),
      "sessions/records is below the rest of sessions",
    );
  });

  test("records are written, ended and extended by sessions/records alone", () => {
    const rooms = ["sessions/live", "gateway", "adapter"];
    const writing = filesBelow(join(root, "src"), ".ts")
      .filter((file) => rooms.some((room) => within(room, file)))
      .flatMap((from) =>
        [
          ...readFileSync(join(root, "src", from), "utf8").matchAll(
            /\bstore\.(write|clear|touch)\(/g,
          ),
        ].map(([to]) => ({ from, to })),
      );
    assertNone(writing, "add to sessions/records what it lacks");
  });

  test("an adapter reaches state and store only through sessions", () => {
    assertNone(
      local.filter(
        ({ from, to }) => within("adapter", from) && (within("state", to) || within("store", to)),
      ),
      "adapters import sessions, identity and errors.ts",
    );
  });

  test("the gateway reaches the sessions' records, identity and the store's contract", () => {
    const allowed = ["gateway", "sessions", "identity"];
    assertNone(
      local.filter(
        ({ from, to }) =>
          within("gateway", from) &&
          !allowed.some((layer) => within(layer, to)) &&
          !GROUND.has(to) &&
          to !== "store/index.ts",
      ),
      "gateway imports no state, no store but the contract, and no adapter",
    );
  });

  test("of the sessions themselves, the gateway knows the type that holds them", () => {
    const others = filesBelow(join(root, "src/gateway"), ".ts").flatMap((file) =>
      importedFrom(readFileSync(join(root, "src/gateway", file), "utf8"), /\/sessions\/index\.ts$/)
        .filter((name) => name !== "type Sessions")
        .map((name) => ({ from: `gateway/${file}`, to: name })),
    );
    assertNone(others, "records are read, written, moved and ended by sessions/records");
  });

  test("nothing imports the gateway but the command line", () => {
    assertNone(
      local.filter(
        ({ from, to }) => within("gateway", to) && !within("gateway", from) && !within("cli", from),
      ),
      "the gateway is an app, and no part of the library",
    );
  });

  test("the proxy knows no session but its trust in proxies", () => {
    assertNone(
      local.filter(
        ({ from, to }) =>
          within("gateway/proxy", from) &&
          !within("gateway/proxy", to) &&
          to !== "identity/index.ts",
      ),
      "what the gateway adds comes into gateway/proxy by hooks",
    );
  });

  test("nothing imports the command line", () => {
    assertNone(
      local.filter(({ from, to }) => within("cli", to) && !within("cli", from)),
      "cli is where a program starts",
    );
  });

  test("a room has one door: what lies in a directory is reached by its index.ts alone", () => {
    assertNone(
      local.filter(({ from, to }) => !isDoor(from, to)),
      "import the room's index.ts, and export there what others need",
    );
  });

  test("nothing imports index.ts", () => {
    assertNone(
      local.filter(({ to }) => to === "index.ts"),
      "index.ts is for users of the package",
    );
  });

  test("the library does not import its own testing helpers", () => {
    assertNone(
      local.filter(({ from, to }) => within("testing", to) && !within("testing", from)),
      "testing is for tests",
    );
  });
});

describe("packages", () => {
  test("a framework or driver is imported by its own file alone", () => {
    assertNone(
      foreign.filter(({ from, to }) => {
        const name = packageOf(to);
        return name !== undefined && OWN_FILE[name]?.test(from) !== true;
      }),
      "see the table at the top of this test",
    );
  });
});

describe("names of package.json's imports", () => {
  test("each stands for the file that Node takes, here and in the package, and for another one elsewhere", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      imports: Record<string, Record<string, string>>;
    };
    assert.deepEqual(
      Object.keys(manifest.imports),
      Object.keys(compilerOptions.paths).filter((name) => name.startsWith("#")),
    );
    for (const [name, conditions] of Object.entries(manifest.imports)) {
      const sources = Object.values(conditions).map((file) =>
        file.replace("./dist/", "./src/").replace(/\.js$/, ".ts"),
      );
      assert.deepEqual(Object.keys(conditions), ["workerd", "worker", "edge-light", "default"]);
      assert.equal(sources.at(-1), compilerOptions.paths[name]?.[0]);
      for (const file of sources) assert.ok(existsSync(join(root, file)), `${file} is missing`);
    }
  });
});

describe("importsIn()", () => {
  test("importsIn() finds every form of import when they span lines", () => {
    const text = `
      import "a";
      import b, { type B } from "b";
      import type { C } from 'c';
      import {
        d,
      } from "d";
      export * from "e";
      export { f } from "f";
      const g = await import("g");
      type H = import("h").H;
      // import "no";
      /* import "no"; */
      export const text = "from";
    `;
    assert.deepEqual(importsIn(text), ["a", "b", "c", "d", "e", "f", "g", "h"]);
  });

  test("importedFrom() gives the names, with `type` before those of types", () => {
    const text = `
      import { a, type B } from "../x/index.ts";
      import type { C } from "./x/index.ts";
      import { d } from "./y.ts";
    `;
    assert.deepEqual(importedFrom(text, /x\/index\.ts$/), ["a", "type B", "type C"]);
  });

  test("packageOf() gives the package's name when a path within it is imported", () => {
    assert.equal(packageOf("@hono/node-server/ws"), "@hono/node-server");
    assert.equal(packageOf("lmdb/level"), "lmdb");
    assert.equal(packageOf("node:fs"), undefined);
    assert.equal(packageOf("./a.ts"), undefined);
  });
});
