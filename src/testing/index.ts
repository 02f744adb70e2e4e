export { testSession, type TestSession } from "./test-session.ts";
export { testStoreContract, type ContractOptions, type OpenedStore } from "./store-contract.ts";
