import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runIn } from "../package/command.ts";
import { testPython } from "../streamlit/test-python.ts";

/**
 * A virtual environment. The pip of the tests' Python installs into it: to give each one of its own
 * takes longer than the rest.
 */
export class Environment {
  readonly directory: string;
  readonly python: string;
  /** The command that the wheel brings. */
  readonly command: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.python = join(directory, "bin/python");
    this.command = join(directory, "bin/persist-session");
  }

  /**
   * Makes one.
   *
   * @param base - the Python to make it from. Default: that of the tests, whose Streamlit it then
   *   sees, so that pip need not fetch it
   */
  static async make(base?: string): Promise<Environment> {
    const made = new Environment(mkdtempSync(join(tmpdir(), "persist-session-venv-")));
    await runIn(
      made.directory,
      base ?? testPython(),
      "-m",
      "venv",
      "--without-pip",
      made.directory,
    );
    if (base === undefined)
      writeFileSync(
        join(made.packages(), "streamlit-of-the-tests.pth"),
        `${packagesOf(testPython())}\n`,
      );
    return made;
  }

  async pip(...args: string[]): Promise<string> {
    return await runIn(
      this.directory,
      testPython(),
      "-m",
      "pip",
      "--python",
      this.python,
      "--disable-pip-version-check",
      "--no-input",
      ...args,
    );
  }

  /** Its `site-packages`. */
  packages(): string {
    return packagesOf(this.python);
  }

  /** The paths of all files in it but those that Python compiled for itself. */
  files(): string[] {
    return readdirSync(this.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.directory.length + 1))
      .toSorted();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function packagesOf(python: string): string {
  const code = "import sysconfig; print(sysconfig.get_path('purelib'))";
  return execFileSync(python, ["-I", "-c", code], { encoding: "utf8" }).trim();
}
