import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareStreamlit } from "../../scripts/setup/streamlit.js";

/** A Python that has Streamlit. Some tests run against another version: PERSIST_SESSION_TEST_PYTHON names it. */
export function streamlitPython(): string {
  const { python, problem } = prepareStreamlit();
  const chosen = process.env["PERSIST_SESSION_TEST_PYTHON"] ?? python;
  if (chosen === undefined) throw new Error(problem);
  return chosen;
}

/** Makes a virtual environment with nothing in it. Gives its Python. */
export function emptyEnvironment(directory: string): string {
  execFileSync(streamlitPython(), ["-m", "venv", "--without-pip", directory]);
  return join(directory, "bin", "python");
}

/** Has the environment say that this version of Streamlit is installed. */
export function pretendStreamlit(python: string, version: string): void {
  const site = execFileSync(
    python,
    ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
    { encoding: "utf8" },
  ).trim();
  const info = join(site, `streamlit-${version}.dist-info`);
  mkdirSync(info);
  writeFileSync(
    join(info, "METADATA"),
    `Metadata-Version: 2.1\nName: streamlit\nVersion: ${version}\n`,
  );
}
