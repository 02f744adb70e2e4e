import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../project/imports.ts";
import { runIn } from "../package/command.ts";
import { testPython } from "../streamlit/test-python.ts";

/** A wheel and an sdist as they would be published. */
export interface Built {
  readonly wheel: string;
  readonly sdist: string;
  /** What is in the wheel. */
  readonly content: string;
  remove(): void;
}

/** Builds both in a directory of their own. */
export async function buildWheel(): Promise<Built> {
  const base = mkdtempSync(join(tmpdir(), "persist-session-wheel-"));
  const remove = () => rmSync(base, { recursive: true, force: true });
  try {
    const out = join(base, "dist");
    await runIn(root, process.execPath, join(root, "scripts/wheel.js"), "--out", out);
    const file = (ending: string) =>
      join(out, readdirSync(out).find((name) => name.endsWith(ending)) ?? `no ${ending}`);
    const wheel = file(".whl");
    const content = join(base, "content");
    await runIn(base, testPython(), "-m", "zipfile", "-e", wheel, content);
    return { wheel, sdist: file(".tar.gz"), content, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
