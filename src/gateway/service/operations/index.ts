// One file for each request that the state service answers.
export { clear } from "./clear.ts";
export { end } from "./end.ts";
export { open } from "./open.ts";
export { restore } from "./restore.ts";
export { rotate } from "./rotate.ts";
export { unwatch, watch } from "./watch.ts";
export { gather, type WriteGroup } from "./write-group.ts";
export { write } from "./write.ts";
