// States without a class: their shape is a schema of any library that speaks Standard Schema.
export { fitSnapshot, misfitError } from "./fit-snapshot.ts";
export { refuseMisfit } from "./refuse-misfit.ts";
export { SchemaCheck } from "./schema-check.ts";
export type { InputOf, OutputOf, StandardSchema } from "./standard-schema.ts";
export { refuseUnstable, unstablePaths } from "./unstable.ts";
export { inWords, put } from "./values.ts";
