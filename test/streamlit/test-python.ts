import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../project/imports.ts";

/**
 * The Python with Streamlit that `npm test` has prepared; a test that is run by hand takes that of
 * the project.
 */
export function testPython(): string {
  const given = process.env["PERSIST_TEST_PYTHON"];
  if (given !== undefined && given !== "") return given;
  const own = join(root, ".venv/bin/python");
  if (existsSync(own)) return own;
  throw new Error("These tests need Python with Streamlit: npm test says how to install it.");
}
