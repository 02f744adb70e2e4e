// What the stores that talk to a server share: deadlines, retries and a circuit breaker.
export { BoundedCalls, type Judgement } from "./bounded-calls.ts";
export { messageOf, serverFailures } from "./failures.ts";
export {
  checkNumber,
  checkUrlOrClient,
  DEFAULT_TIMEOUT,
  invalid,
  MAX_TIMEOUT,
  parseServerUrl,
  type ServerUrl,
  wrongUrl,
} from "./options.ts";
export { withOptionPassword, withStorePassword } from "./store-password.ts";
