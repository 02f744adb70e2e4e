import { wrapDocstrings } from "./docstrings.js";
import { wrapComments } from "./wrap.js";

/** The docstrings of tests are their names, of which unittest shows the first line. */
const TESTS = /\/python\/tests\//;

/**
 * The text of a source with its comments wrapped, and with its docstrings if it is Python.
 *
 * @param {string} text
 * @param {string} file its absolute path
 */
export function wrapFile(text, file) {
  if (!file.endsWith(".py")) return wrapComments(text, "//");
  const wrapped = wrapComments(text, "#");
  return TESTS.test(file) ? wrapped : wrapDocstrings(wrapped);
}
