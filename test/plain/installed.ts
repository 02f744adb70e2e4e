import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../project/imports.ts";
import { typescript } from "../support/typescript.ts";
import { testPython } from "../streamlit/test-python.ts";

/** A virtual environment with this package as the wheel installs it. */
export interface Installed {
  readonly directory: string;
  /** Its Python. */
  readonly python: string;
  /** Its command `streamlit`. */
  readonly streamlit: string;
  /** A Node that runs the gateway from source, for PERSIST_SESSION_NODE. */
  readonly node: string;
  remove(): void;
}

/**
 * Makes one on top of the test's Python: its packages are seen, and nothing is written there.
 *
 * @param withStreamlit - false: an environment that has this package alone
 * @param withPackage - false: one that has all else
 */
export function install({ withStreamlit = true, withPackage = true } = {}): Installed {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-installed-"));
  execFileSync(testPython(), ["-m", "venv", "--without-pip", directory]);
  const python = join(directory, "bin/python");
  const packages = askFor(python, "purelib");
  if (withStreamlit) writeFileSync(join(packages, "a.pth"), `${askFor(testPython(), "purelib")}\n`);
  if (withPackage) copyPackage(packages);
  const streamlit = join(directory, "bin/streamlit");
  writeProgram(
    streamlit,
    `#!${python}\nimport sys\nfrom streamlit.web.cli import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n`,
  );
  const node = join(directory, "bin/node-from-source");
  writeProgram(node, `#!/bin/sh\nexec '${process.execPath}' ${typescript.join(" ")} "$@"\n`);
  return {
    directory,
    python,
    streamlit,
    node,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Puts the package where the wheel puts it. Its gateway is that of the sources. */
function copyPackage(packages: string): void {
  for (const name of [
    "_persist_session_start",
    "persist_session",
    "streamlit_persist_session",
    "persist-session.pth",
    "persist-session.start",
  ])
    cpSync(join(root, "python", name), join(packages, name), {
      recursive: true,
      filter: (path) => !path.includes("__pycache__"),
    });
  const entry = join(packages, "persist_session/engine/gateway/dist/cli");
  rmSync(join(packages, "persist_session/engine/gateway"), { recursive: true, force: true });
  mkdirSync(entry, { recursive: true });
  const source = pathToFileURL(join(root, "src/cli/main.ts")).href;
  writeFileSync(join(entry, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(entry, "main.js"), `await import(${JSON.stringify(source)});\n`);
}

/** Writes a program for the shell or for Python. */
export function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function askFor(python: string, path: string): string {
  const code = `import sysconfig; print(sysconfig.get_path("${path}"))`;
  return execFileSync(python, ["-I", "-c", code], { encoding: "utf8" }).trim();
}
