import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testPython } from "../streamlit/test-python.ts";

/** Makes a virtual environment with nothing in it. Gives its Python. */
export function emptyEnvironment(directory: string): string {
  execFileSync(testPython(), ["-m", "venv", "--without-pip", directory]);
  return join(directory, "bin", "python");
}

/** Has the environment say that this version of Streamlit is installed. */
export function pretendStreamlit(python: string, version: string): void {
  pretendInstalled(python, "streamlit", version);
}

/** Has the environment say that this version of a package is installed. */
export function pretendInstalled(python: string, name: string, version: string): void {
  const site = execFileSync(
    python,
    ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
    { encoding: "utf8" },
  ).trim();
  const info = join(site, `${name.replaceAll("-", "_")}-${version}.dist-info`);
  mkdirSync(info);
  writeFileSync(
    join(info, "METADATA"),
    `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
  );
}
