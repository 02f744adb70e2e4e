import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { after, describe, test, type TestContext } from "node:test";
import { root } from "../project/imports.ts";

// Python with Streamlit in it: the one named by the environment, or the project's own virtual
// environment.
const PYTHON = process.env["PERSIST_TEST_PYTHON"] ?? join(root, ".venv", "bin", "python");
const DIRECTORY = join(root, "python");

/** The longest that a single test may take: it waits for conditions, also on a busy machine. */
const TIMEOUT = 240_000;

/** Why Python's tests cannot run here, or false. */
export function skipped(): string | false {
  return existsSync(PYTHON) ? false : "there is no Python environment (.venv)";
}

/**
 * Makes each test of some modules in python/tests a test of this file. All of them run in one
 * process.
 */
export async function testModules(names: readonly string[]): Promise<void> {
  const skip = skipped();
  if (skip !== false) {
    for (const name of names) test(`python: ${name}`, { skip }, () => undefined);
    return;
  }
  const python = await startPython(names);
  after(() => python.end());
  for (const module of names) {
    describe(`python: ${module}`, () => {
      for (const { id, name } of python.tests.filter((one) => one.module === module)) {
        test(name, { timeout: TIMEOUT }, async (t) => await python.run(id, t));
      }
    });
  }
}

/** The same for a single module. */
export async function testModule(name: string): Promise<void> {
  await testModules([name]);
}

/** Runs each test of a module as a subtest, in a process with this environment. */
export async function runModule(
  t: TestContext,
  name: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const python = await startPython([name], environment);
  for (const { id, name: sentence } of python.tests) {
    await t.test(sentence, { timeout: TIMEOUT }, async (subtest) => await python.run(id, subtest));
  }
  await python.end();
}

/** Every module of python/tests. */
export function allModules(): string[] {
  return readdirSync(join(DIRECTORY, "tests"))
    .flatMap((file) => /^(test_\w+)\.py$/.exec(file)?.[1] ?? [])
    .toSorted();
}

/**
 * The modules that a test file runs by name, such as those that need an environment of their own.
 */
export function namedModules(): string[] {
  const tests = join(root, "test");
  return readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => {
      const text = readFileSync(join(tests, file), "utf8");
      const calls = text.match(/\b(?:test|run)Modules?\([^)]*\)/g) ?? [];
      return calls.flatMap((call) => [...call.matchAll(/"(test_\w+)"/g)]);
    })
    .map(([, name = ""]) => name)
    .toSorted();
}

/** The tests of some modules, in a process that runs one at a time. */
export interface PythonTests {
  readonly tests: readonly { id: string; module: string; name: string }[];
  /** Runs one of them. Throws what Python says about its failure, or skips the test. */
  run(id: string, t: Pick<TestContext, "skip">): Promise<void>;
  /** Ends the process. Throws what Python says if its clean-up fails. */
  end(): Promise<void>;
}

interface Outcome {
  readonly failure: string | null;
  readonly skip: string | null;
}

/** Starts Python and has it list the tests of the modules. */
export async function startPython(
  modules: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<PythonTests> {
  const args = ["-X", "dev", "-W", "ignore", "-m", "tests.on_request", ...modules];
  const child = spawn(PYTHON, args, {
    cwd: DIRECTORY,
    // The guards of Python's development mode around each piece of memory are for extensions in C,
    // and double the processor time.
    env: { ...process.env, PYTHONMALLOC: "pymalloc", ...environment },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const closed = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
  });
  // What it says last may still be on its way when it has ended, and writing to it is an error of
  // its own.
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
  const hear = async (): Promise<unknown> => {
    const next = await lines.next();
    if (next.done !== true) return JSON.parse(next.value);
    throw new Error(`Python ended with ${await closed}:\n${printed}`);
  };
  const outcome = async (): Promise<Outcome> => {
    const { failure, skip } = (await hear()) as Outcome;
    if (failure !== null) throw withoutStack(`${failure}${printed}`);
    return { failure, skip };
  };
  return {
    tests: (await hear()) as PythonTests["tests"],
    async run(id, t) {
      printed = "";
      child.stdin.write(`${id}\n`);
      const { skip } = await outcome();
      if (skip !== null) t.skip(skip);
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await outcome();
      await closed;
    },
  };
}

/** Python's traceback says where; that of Node would only name this file. */
function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}
