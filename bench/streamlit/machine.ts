import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { describeMachine } from "../machine.ts";

/** The machine and the versions, as lines for people. */
export function machineLines(python: string, chromium: string): string[] {
  const { cpu, cores, memoryBytes, system, node, date, commit } = describeMachine();
  const versions = execFileSync(
    python,
    ["-c", "import sys, streamlit; print(sys.version.split()[0], streamlit.__version__)"],
    { encoding: "utf8" },
  ).trim();
  const [pythonVersion, streamlit] = versions.split(" ");
  return [
    `Made on ${date}, commit ${commit}.`,
    "",
    `- ${cpu}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB of memory, ${system}`,
    `- Node ${node}, Python ${pythonVersion}, Streamlit ${streamlit}, Chromium ${chromium} (headless, no GPU)`,
    `- Load at the start: ${loadavg()[0]?.toFixed(1)}`,
  ];
}
