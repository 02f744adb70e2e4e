import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { root } from "../project/imports.ts";
import { runIn } from "./command.ts";

/**
 * What an app shares between its pages and its routes, as Next has it: each bundle gets a copy,
 * ours included.
 */
const state = `
  import { persist } from "persist-session";
  export class AppState { count = 0; todos = []; get done() { return this.todos.length; } add(todo) { this.todos.push(todo); } }
  persist("app-state", AppState, { transient: ["draft"] });
`;
const bundle = `
  export { AppState } from "./state.js";
  export { createSessions, currentSession, isPersistError, persist, PersistError, restore, sessionOf } from "persist-session";
  export { persistSession } from "persist-session/http";
  export { withSession } from "persist-session/hono";
`;

let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-session-copies-"));
  await writeFile(join(directory, "state.js"), state);
  await writeFile(join(directory, "bundle.js"), bundle);
  await writeFile(
    join(directory, "taken.js"),
    `import { persist } from "persist-session";
     export class Other { name = ""; }
     persist("app-state", Other);`,
  );
  for (const [name, entry, minify] of [
    ["page", "bundle.js", true],
    ["route", "bundle.js", false],
    ["taken", "taken.js", true],
  ] as const) {
    await build({
      entryPoints: [join(directory, entry)],
      outfile: join(directory, `${name}.mjs`),
      bundle: true,
      minify,
      // A minifier gives each chunk names of its own.
      banner: { js: minify ? "" : "const A = 1, B = 2;" },
      format: "esm",
      platform: "node",
      target: "node20",
      external: ["lmdb", "redis", "pg"],
      alias: {
        "persist-session/http": join(root, "src/adapter/http.ts"),
        "persist-session/hono": join(root, "src/adapter/hono.ts"),
        "persist-session": join(root, "src/index.ts"),
      },
    });
  }
});
after(async () => await rm(directory, { recursive: true, force: true }));

async function run(program: string): Promise<unknown> {
  await writeFile(join(directory, "program.mjs"), program);
  return JSON.parse(await runIn(directory, process.execPath, "program.mjs"));
}

test("two copies of the module in one process share classes, sessions, the ambient scope and errors", async () => {
  const program = `
    const page = await import("./page.mjs");
    const route = await import("./route.mjs");
    const sessions = page.createSessions({ store: "memory:", sweepInterval: false });
    const session = await sessions.open();
    const seen = {
      copies: page.AppState !== route.AppState && page.restore !== route.restore,
      names: page.AppState.name !== route.AppState.name,
    };
    await session.run(async () => {
      (await route.restore(page.AppState)).count = 1;
      (await page.restore(page.AppState)).add("a");
      seen.ambient = route.currentSession() === session;
    });
    await session.run(async () => {
      const state = await page.restore(route.AppState);
      seen.read = [state.count, state.todos, state instanceof route.AppState];
    });
    // Both copies of the class in one scope: what each changes is kept.
    await session.run(async () => {
      const one = await page.restore(page.AppState);
      const two = await route.restore(route.AppState);
      one.count = 5;
      two.add("b");
    });
    await session.run(async () => {
      const { count, todos } = await route.restore(route.AppState);
      seen.merged = [count, todos];
    });
    const fetched = route.withSession(async (request) => {
      seen.of = page.sessionOf(request) === route.currentSession();
      return Response.json((await page.restore(page.AppState)).count);
    }, sessions);
    seen.shared = fetched.sessions === sessions;
    await fetched(new Request("http://localhost/"));
    const error = await route.restore(route.AppState).catch((thrown) => thrown);
    seen.error = [page.isPersistError(error, "ERR_NO_SESSION"), error instanceof page.PersistError];
    seen.not = [page.isPersistError(new Error("a")), page.isPersistError(null), new Error("a") instanceof page.PersistError];
    await sessions.close();
    console.log(JSON.stringify(seen));
  `;
  assert.deepEqual(await run(program), {
    copies: true,
    names: true,
    ambient: true,
    read: [1, ["a"], true],
    merged: [5, ["a", "b"]],
    of: true,
    shared: true,
    error: [true, true],
    not: [false, false, false],
  });
});

test("two copies of the module open one LMDB directory once", async () => {
  const program = `
    const made = [];
    for (const name of ["page", "route"]) {
      const { createSessions, restore, AppState } = await import("./" + name + ".mjs");
      const sessions = createSessions({ store: "lmdb:./data", secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi", sweepInterval: false });
      await sessions.ready;
      made.push({ sessions, restore, AppState });
    }
    const [page, route] = made;
    const session = await page.sessions.open();
    await session.run(async () => void ((await page.restore(page.AppState)).count = 3));
    const again = await route.sessions.open(session.token);
    const count = await again.run(async () => (await route.restore(route.AppState)).count);
    await page.sessions.close();
    const still = await again.run(async () => (await route.restore(route.AppState)).count);
    await route.sessions.close();
    console.log(JSON.stringify([count, still]));
  `;
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  const { symlink } = await import("node:fs/promises");
  await symlink(join(root, "node_modules"), join(directory, "node_modules"), "dir");
  assert.deepEqual(await run(program), [3, 3]);
});

test("a key that another class has is refused though both have been minified", async () => {
  for (const mode of ["", "production"]) {
    const program = `
      process.env.NODE_ENV = ${JSON.stringify(mode)};
      const { AppState } = await import("./page.mjs");
      const error = await import("./taken.mjs").then(() => undefined, (thrown) => thrown);
      console.log(JSON.stringify([AppState.name.length <= 2, error?.code ?? "taken"]));
    `;
    assert.deepEqual(await run(program), [true, "ERR_KEY_TAKEN"], mode);
  }
});

test("in production the name of a class says nothing: two that differ are refused under one name, copies under two names are one", async () => {
  const program = `
    process.env.NODE_ENV = "production";
    const { persist } = await import("./page.mjs");
    const seen = [];
    const attempt = (key, one, other) => {
      persist(key, one);
      try {
        persist(key, other);
        seen.push("same");
      } catch (error) {
        seen.push(error.code);
      }
    };
    attempt("differ", class Cart { items = []; }, (() => class Cart { owner = ""; })());
    attempt("alike", class a { items = []; }, class b { items = []; });
    attempt("empty", class a {}, class b {});
    attempt("later", class a { items = missing; }, class b { items = []; });
    attempt("options", class a { items = []; }, class a { items = []; add() {} });
    console.log(JSON.stringify(seen));
  `;
  assert.deepEqual(await run(program), ["ERR_KEY_TAKEN", "same", "same", "same", "ERR_KEY_TAKEN"]);
});

test("under a development server an edited class takes its key over", async () => {
  const program = `
    process.env.NODE_ENV = "development";
    const { persist } = await import("./page.mjs");
    persist("edited", class a { items = []; });
    persist("edited", class b { items = []; note = ""; });
    console.log("true");
  `;
  assert.equal(await run(program), true);
});
