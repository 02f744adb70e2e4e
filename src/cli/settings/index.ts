// Options that are given by environment variables and by pyproject.toml.
export { applySettings, type GivenBy } from "./apply.ts";
export { readTable } from "./table.ts";
export { variableName } from "./variables.ts";
