// The store contract as tests: docs/stores.md is the specification.
export { clearing } from "./clearing.ts";
export { concurrency } from "./concurrency.ts";
export { expiring } from "./expiring.ts";
export type { ContractCase, ContractOptions, OpenedStore } from "./fixture.ts";
export { listingAndWatching } from "./listing-and-watching.ts";
export { namesAndBytes } from "./names-and-bytes.ts";
export { reading } from "./reading.ts";
export { sweeping } from "./sweeping.ts";
export { writing } from "./writing.ts";
