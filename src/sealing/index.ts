// What the stores hold can be read only with the secret: values are sealed before a store gets
// them, and opened after.
export { SealedStore } from "./sealed-store.ts";
export { isNumberName, isSealed, sealedBy } from "./value-seal.ts";
export { secretMissing } from "./seal-errors.ts";
export { SealKeys } from "./seal-keys.ts";
