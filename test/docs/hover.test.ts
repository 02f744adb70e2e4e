// What an editor shows for the names that the package exports: each says what it is, and how it is
// called.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../project/imports.ts";
import { type Documented, publicApi } from "./public-api.ts";

const api = publicApi();
const callable = api.filter(({ kind }) => kind === "function" || kind === "class");

/** Functions that throw nothing, and classes whose constructors throw nothing or are not called. */
const NOTHING_THROWN = new Set([
  "PersistError",
  "PersistSessionModule",
  "RequestScope",
  "Session",
  "Sessions",
  "healthHandler",
  "healthResponse",
  "isPersistError",
  "live",
  "memoryStore",
  "testStoreContract",
  "useLive",
]);

/** Methods that throw nothing. */
const SAFE_METHODS = new Set([
  "Exposed.pick",
  "Live.subscribe",
  "NuxtPlugin.webSocket",
  "Sessions.cookieName",
]);

/**
 * Interfaces of what is given to us: by a framework, a client library, the app or another store.
 * `Store` says for all its methods together what they throw.
 */
const GIVEN =
  /^(?:.*Like|.*Client|KoaRequest|NodeResponseTarget|PersistSessionOptionsFactory|SessionsOptions|Store)$/;

function placeOf({ file, name }: Documented): string {
  return `${file}: ${name}`;
}

describe("the doc comments of the public names", () => {
  test("are found, through every entry of package.json", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      exports: object;
    };
    const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
    assert.deepEqual(
      [...new Set(api.flatMap((one) => one.entries))].toSorted(),
      entries.map((entry) => `persist-session${entry.slice(1)}`).toSorted(),
    );
    assert.ok(callable.length > 35, `${callable.length} functions and classes`);
  });

  test("say what each name is", () => {
    assert.deepEqual(api.filter(({ summary }) => summary === "").map(placeOf), []);
  });

  test("say what each property and method is", () => {
    const silent = api.flatMap((one) =>
      one.members
        .filter(({ summary }) => summary === "")
        .map(({ name }) => `${placeOf(one)}.${name}`),
    );
    assert.deepEqual(silent, []);
  });

  test("say the default of each option", () => {
    const silent = api
      .filter(({ name }) => name.endsWith("Options"))
      .flatMap((one) =>
        one.members
          .filter(({ optional, summary }) => optional && !/\bdefault\b/i.test(summary))
          .map(({ name }) => `${placeOf(one)}.${name}`),
      );
    assert.deepEqual(silent, [], 'write "Default …" into the comments of these options');
  });

  test("hold an example of each function and class", () => {
    const without = callable.filter(({ tags }) => !tags.some(({ name }) => name === "example"));
    assert.deepEqual(without.map(placeOf), []);
  });

  test("say what each function throws", () => {
    const silent = callable.filter(
      ({ name, tags }) => !NOTHING_THROWN.has(name) && !tags.some((tag) => tag.name === "throws"),
    );
    assert.deepEqual(silent.map(placeOf), []);
    const names = new Set(callable.map(({ name }) => name));
    assert.deepEqual(
      [...NOTHING_THROWN].filter((name) => !names.has(name)),
      [],
      "these are no longer exported",
    );
  });

  test("say what each method throws", () => {
    const methods = api
      .filter(({ name }) => !GIVEN.test(name))
      .flatMap((one) =>
        one.members
          .filter(({ isMethod }) => isMethod)
          .map(({ name, tags }) => ({
            name: `${one.name}.${name}`,
            throws: tags.some((tag) => tag.name === "throws" && tag.text.trim() !== ""),
          })),
      );
    assert.ok(methods.length > 30, `${methods.length} methods`);
    assert.deepEqual(
      methods
        .filter(({ throws }) => !throws)
        .map(({ name }) => name)
        .toSorted(),
      [...SAFE_METHODS],
    );
  });

  test("name only error codes that there are", () => {
    const known = readFileSync(join(root, "src/errors.ts"), "utf8").matchAll(/\| "(ERR_[A-Z_]+)"/g);
    const codes = [...known].map(([, code = ""]) => code);
    assert.ok(codes.length > 50);
    const wrong = api.flatMap((one) =>
      [one, ...one.members].flatMap(({ name, summary, tags }) =>
        [summary, ...tags.map(({ text }) => text)]
          .flatMap((text) => text.match(/\bERR_[A-Z_]+/g) ?? [])
          // "ERR_STORE_…" stands for all that begin so.
          .filter(
            (code) => !codes.some((c) => c === code || (code.endsWith("_") && c.startsWith(code))),
          )
          .map((code) => `${one.file}: ${name}: ${code}`),
      ),
    );
    assert.deepEqual(wrong, []);
  });
});
