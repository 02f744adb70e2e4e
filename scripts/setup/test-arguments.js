import { spawnSync } from "node:child_process";

/**
 * What a call of `npm test` asks for.
 *
 * @typedef {object} TestArguments
 * @property {string[]} paths files and directories, as given
 * @property {string[]} options of `node --test`, each in one piece: an option that takes a value
 * has it after a `=`
 * @property {string} [problem] why the arguments make no sense
 */

/**
 * Tells paths from options. `--name value` belongs together if this Node has such an option and it
 * takes a value.
 *
 * @param {readonly string[]} args
 * @param {ReadonlySet<string>} [takingValue] the options that take one, with their dashes
 * @returns {TestArguments}
 */
export function parseTestArguments(args, takingValue) {
  const paths = [];
  const options = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      paths.push(...rest.splice(0));
    } else if (!arg.startsWith("-")) {
      paths.push(arg);
    } else if (arg.includes("=")) {
      options.push(arg);
    } else {
      takingValue ??= optionsWithValue();
      if (!takingValue.has(arg)) {
        options.push(arg);
        continue;
      }
      const value = rest.shift();
      if (value === undefined) return { paths, options, problem: `${arg} needs a value.` };
      // Node takes the value of a short option only as an argument of its own.
      options.push(...(arg.startsWith("--") ? [`${arg}=${value}`] : [arg, value]));
    }
  }
  return { paths, options };
}

/** The options of this Node that take a value, as its own help lists them. */
function optionsWithValue() {
  const { stdout } = spawnSync(process.execPath, ["--help"], { encoding: "utf8" });
  const lines = stdout.split("\n").map((line) => /^ +(-.*?)=\.\.\./.exec(line)?.[1] ?? "");
  return new Set(lines.flatMap((names) => names.split(/, /)).filter((name) => name !== ""));
}
