// npm run bench:start [-- --quick]
// What the wheel's .pth file costs each start of a Python of its environment.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareStreamlit } from "../../scripts/setup/streamlit.js";
import { install } from "../../test/plain/installed.ts";
import { describeMachine } from "../machine.ts";
import { median, quantile } from "../statistics.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const rounds = values.quick ? 20 : 400;
/** Milliseconds: promised by docs/streamlit.md. */
const MAX_COST = 1;

interface Measured {
  readonly rounds: Readonly<Record<string, readonly number[]>>;
  /** Of the line alone, in ms. */
  readonly line: number;
  /** Milliseconds by the number of modules. */
  readonly scan: Readonly<Record<string, number>>;
}

const { python, problem } = prepareStreamlit();
if (python === undefined) throw new Error(problem);
process.env["PERSIST_TEST_PYTHON"] ??= python;
const without = install({ withPackage: false });
const installed = install();
let measured: Measured;
try {
  // As pip does.
  execFileSync(installed.python, ["-m", "compileall", "-q", `${installed.directory}/lib`]);
  const program = fileURLToPath(new URL("measure.py", import.meta.url));
  const args = [program, String(rounds), without.python, installed.python];
  measured = JSON.parse(execFileSync(python, args, { encoding: "utf8" })) as Measured;
} finally {
  without.remove();
  installed.remove();
}

const of = (way: string): readonly number[] => measured.rounds[way] ?? [];
const plain = of("without our files");
const named = of("without our files, streamlit in the command line");
const rows = [
  ["with them", plain],
  ["with them, streamlit in the command line", named],
  ["with the module of the .start file", plain],
] as const;
const cost = (way: string, reference: readonly number[]): number =>
  median(of(way).map((value, at) => value - (reference[at] ?? 0)));
const ms = (value: number): string => value.toFixed(3);
const { cpu, cores, system, date, commit } = describeMachine();
const version = execFileSync(python, ["-c", "import sys; print(sys.version.split()[0])"]);
const page = `# Bench: the start of Python with persist-session installed

By \`npm run bench:start\` (${values.quick ? "quick" : "full"} run, ${rounds} rounds). Made on ${date}, commit ${commit}; ${cpu}, ${cores} cores, ${system}, Python ${version.toString().trim()}.

Processor time of a whole process (\`wait4\`), in ms: the system counts it in steps, so the differences are medians of differences
within a round, in which all ways take turns in another order.

| start | median | 25 % to 75 % | longer by |
| --- | --- | --- | --- |
| without our files | ${ms(median(plain))} | ${ms(quantile(plain, 0.25))} to ${ms(quantile(plain, 0.75))} | |
${rows.map(([way, reference]) => `| ${way} | ${ms(median(of(way)))} | ${ms(quantile(of(way), 0.25))} to ${ms(quantile(of(way), 0.75))} | ${ms(cost(way, reference))} |\n`).join("")}
The line of \`persist-session.pth\` alone takes ${ms(measured.line)} ms. Wanted: a start that does not name streamlit is longer by less than ${MAX_COST} ms; ${cost("with them", plain) < MAX_COST ? "met" : "not met"}.

Reading the sources of an app that does not import us, which only \`streamlit run\` does: ${Object.entries(
  measured.scan,
)
  .map(([modules, time]) => `${modules} ${modules === "1" ? "module" : "modules"} ${ms(time)} ms`)
  .join(", ")}.
`;
console.log(page);
const directory = fileURLToPath(
  new URL(values.quick ? "../../.cache/bench/results/" : "../results/", import.meta.url),
);
mkdirSync(directory, { recursive: true });
writeFileSync(`${directory}python-start.md`, page);
