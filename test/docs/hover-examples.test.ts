// The examples in the doc comments of the public names: their types are checked, and they run.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Server as HttpServer } from "node:http";
import { type AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { runIn, tool } from "../package/command.ts";
import { root } from "../project/imports.ts";
import { type PostgresServer, startPostgres } from "../store/fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { hoverDrivers } from "./hover-drivers.ts";
import { publicApi } from "./public-api.ts";
import { workshop } from "./running-program.ts";
import { snippetsIn } from "./snippets.ts";

interface Example {
  /** "persist-session/express persistSession" */
  readonly name: string;
  readonly text: string;
}

/** Examples whose types alone are checked, and why. */
const NOT_RUN: Record<string, string> = {
  "persist-session/client live": "needs a page; test/client drives it",
  "persist-session/react useLive": "needs a page; test/client drives it",
  "persist-session/nest PersistSessionModule": "Nest is not installed here; test/web drives it",
};

const directory = join(workshop, "hover");
const examples = publicApi().flatMap(({ entries, name, tags }) =>
  tags
    .filter((tag) => tag.name === "example")
    .map(({ text }): Example => {
      const example = `${entries[0]} ${name}`;
      const [snippet, ...more] = snippetsIn(example, text);
      assert.ok(snippet !== undefined && more.length === 0, `${example}: one fence of ts`);
      assert.equal(snippet.language, "ts", example);
      return { name: example, text: snippet.text };
    }),
);

function write({ name, text }: Example, kind: string): string {
  const file = join(directory, `${`${name} ${kind}`.replaceAll(/\W+/g, "-")}.ts`);
  writeFileSync(file, text);
  return file;
}

/** What the example says that it prints: the comments behind its calls of console.log. */
function outputOf({ text }: Example): string[] {
  return [...text.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, output = ""]) => output);
}

let redis: RedisServer;
let postgres: PostgresServer;
const apart = mkdtempSync(join(tmpdir(), "persist-session-examples-"));
const started: Server[] = [];

before(async () => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  process.chdir(apart);
  await import("./any-port.js");
  const listen = Reflect.get(Server.prototype, "listen");
  Object.defineProperty(Server.prototype, "listen", {
    value(this: Server, ...args: unknown[]): unknown {
      if (this instanceof HttpServer) started.push(this);
      return Reflect.apply(listen, this, args);
    },
  });
});

after(async () => {
  process.chdir(root);
  await Promise.all([redis.remove(), postgres.remove()]);
  rmSync(apart, { recursive: true, force: true });
});

describe("the examples of doc comments", () => {
  test("of servers have no type error", async () => {
    await checkTypes(
      "server",
      examples.filter((example) => !isOfPage(example)),
      {
        lib: ["es2023", "esnext.disposable"],
      },
    );
  });

  test("of pages have no type error", async () => {
    const dom = { lib: ["es2022", "dom", "dom.iterable"], types: [] };
    await checkTypes("page", examples.filter(isOfPage), dom);
  });

  test("are run but for a few", () => {
    const names = new Set(examples.map(({ name }) => name));
    for (const name of [...Object.keys(NOT_RUN), ...Object.keys(hoverDrivers)])
      assert.ok(names.has(name), `${name} has no example`);
  });

  for (const example of examples) {
    if (example.name in NOT_RUN) continue;
    test(`${example.name} runs`, async (t) => await run(example, t));
  }
});

function isOfPage({ name }: Example): boolean {
  return /^persist-session\/(client|react) /.test(name);
}

async function checkTypes(kind: string, some: Example[], options: object): Promise<void> {
  const untyped = ["test/adapter/untyped.d.ts", "src/adapter/untyped.d.ts"];
  const others = kind === "server" ? untyped.map((file) => join(root, file)) : [];
  const config = {
    extends: relative(directory, join(root, "tsconfig.json")),
    compilerOptions: {
      // The strictest options are this project's habit, not its users'.
      noPropertyAccessFromIndexSignature: false,
      noUncheckedIndexedAccess: false,
      exactOptionalPropertyTypes: false,
      ...options,
    },
    include: [],
    exclude: [],
    files: [...some.map((example) => write(example, "types")), ...others],
  };
  const name = `tsconfig.${kind}.json`;
  writeFileSync(join(directory, name), JSON.stringify(config));
  await runIn(directory, tool("tsc"), "-p", name);
}

async function run(example: Example, t: TestContext): Promise<void> {
  const { name, text } = example;
  const here = text
    .replaceAll("redis://localhost:6379", redis.url)
    .replaceAll("postgres://localhost:5432/app", postgres.url);
  const file = write({ name, text: here }, "run");
  if (text.includes("testStoreContract(")) {
    // Registers tests of its own, which are those of another process.
    await runIn(
      apart,
      process.execPath,
      "--import",
      join(root, "scripts/setup/typescript.js"),
      file,
    );
    return;
  }
  const printed: string[] = [];
  t.mock.method(console, "log", (...args: unknown[]) => printed.push(format(...args)));
  started.length = 0;
  await import(pathToFileURL(file).href);
  assert.deepEqual(printed, outputOf(example));
  const drive = hoverDrivers[name];
  assert.equal(
    drive !== undefined,
    started.length > 0,
    "a server, and only a server, has a driver",
  );
  for (const server of started) await drive?.(await originOf(server));
  for (const server of started) {
    (server as HttpServer).closeAllConnections();
    server.close();
  }
}

async function originOf(server: Server): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
