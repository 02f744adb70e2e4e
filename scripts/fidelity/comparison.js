import { runTests } from "./run-tests.js";

/**
 * @typedef {object} Difference
 * @property {string} test passes direct, fails behind the gateway, twice
 * @property {string} why
 */

/**
 * @typedef {object} Results
 * @property {number} modules
 * @property {number} direct tests that passed direct
 * @property {number} behind those of them that passed behind the gateway
 * @property {number} failedDirect tests that failed direct, and so say nothing of the gateway
 * @property {number} skipped
 * @property {Difference[]} differences
 */

/**
 * Runs modules of the suite direct, and what passed there behind the gateway. What fails there is
 * run on both sides once more: a test that fails now and then is no difference.
 *
 * @param {import("./run-tests.js").Places} places
 * @param {readonly string[]} modules
 * @param {number} jobs how many modules at a time
 * @returns {Promise<Results>}
 */
export async function compare(places, modules, jobs) {
  /** @type {Results} */
  const results = {
    modules: modules.length,
    direct: 0,
    behind: 0,
    failedDirect: 0,
    skipped: 0,
    differences: [],
  };
  const next = modules.values();
  const worker = async () => {
    for (const module of next) await compareModule(places, module, results);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

/**
 * @param {import("./run-tests.js").Places} places
 * @param {string} module
 * @param {Results} results
 */
async function compareModule(places, module, results) {
  const direct = await runTests(places, [module], false);
  const passed = names(direct, "passed");
  results.direct += passed.length;
  results.failedDirect += names(direct, "failed").length;
  results.skipped += names(direct, "skipped").length;
  /** @type {Difference[]} */
  let differences = [];
  if (passed.length > 0) {
    const behind = await runTests(places, passed, true);
    const suspects = passed.filter((test) => behind.get(test)?.outcome !== "passed");
    differences = suspects.length === 0 ? [] : await confirm(places, suspects);
  }
  results.behind += passed.length - differences.length;
  results.differences.push(...differences);
  const same = passed.length - differences.length;
  console.log(`${module}: ${passed.length} passed direct, ${same} of them behind`);
  for (const { test, why } of differences) console.log(`  ${test}\n    ${why}`);
}

/**
 * @param {import("./run-tests.js").Places} places
 * @param {readonly string[]} suspects
 * @returns {Promise<Difference[]>}
 */
async function confirm(places, suspects) {
  const behind = await runTests(places, suspects, true);
  const failing = suspects.filter((test) => behind.get(test)?.outcome !== "passed");
  if (failing.length === 0) return [];
  const direct = await runTests(places, failing, false);
  return failing
    .filter((test) => direct.get(test)?.outcome === "passed")
    .map((test) => ({ test, why: behind.get(test)?.why ?? "it was not run" }));
}

/**
 * @param {Map<string, import("./run-tests.js").Outcome>} outcomes
 * @param {import("./run-tests.js").Outcome["outcome"]} wanted
 */
function names(outcomes, wanted) {
  return [...outcomes].filter(([, { outcome }]) => outcome === wanted).map(([name]) => name);
}

/** @param {Results} results */
export function printTable(results) {
  const rows = [
    ["modules", results.modules],
    ["passed direct", results.direct],
    ["passed behind the gateway, of those", results.behind],
    ["passed direct, failed behind", results.differences.length],
    ["failed direct (the suite is older or newer, or needs the network)", results.failedDirect],
    ["skipped", results.skipped],
  ];
  const width = Math.max(...rows.map(([name]) => String(name).length));
  console.log("");
  for (const [name, count] of rows) console.log(`${String(name).padEnd(width)}  ${count}`);
  for (const { test } of results.differences) console.log(`  ${test}`);
}
