// What the commands that operate on a store share.
export { clearAttribute } from "./clear-attribute.ts";
export { type CopyReport, copyStore } from "./copy-store.ts";
export { type AttributeView, describeOwner, type OwnerView } from "./describe.ts";
export {
  closing,
  openExisting,
  openStore,
  storeOption,
  storeSettings,
  withStore,
} from "./open-store.ts";
export { type ResealReport, resealStore } from "./reseal-store.ts";
export { sealedSettings, secretOption, secretsOf, withSecrets } from "./secret-option.ts";
export { ownerNamed, sessionOfTab } from "./owner-name.ts";
export { printLine } from "./print.ts";
export { failureLines, printResult, withProgress } from "./report.ts";
export { bytesText, counted, safeText, timeText, untilText } from "./text.ts";
