import type { OptionTable } from "./command.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { keepOptions } from "./keep-options.ts";

/** The options of `run`. */
export const runOptions = {
  ...gatewayOptions,
  ...keepOptions,
  python: {
    type: "string",
    value: "PYTHON",
    help: "the Python to run: a program, or the directory of a virtual environment",
    preset: "the active virtual or conda environment, .venv beside the script or here, python3",
  },
} as const satisfies OptionTable;

/** The options of `proxy`. */
export const proxyOptions = {
  upstream: {
    type: "string",
    value: "URL",
    help: "where Streamlit listens: http://127.0.0.1:8502, with its base path if it has one",
  },
  ...gatewayOptions,
  "user-headers": {
    type: "string",
    value: "NAMES",
    help: "the headers that server.trustedUserHeaders of that Streamlit names, with commas",
  },
} as const satisfies OptionTable;

/**
 * Every option that can also be given by a variable or in pyproject.toml, whichever command uses
 * it.
 */
export const settingOptions: OptionTable = { ...runOptions, ...proxyOptions };
