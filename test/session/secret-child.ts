// A process that loads the secret of each directory it is told about, one a line, and answers what
// it got.
import { createInterface } from "node:readline";
import { loadSecret } from "../../src/identity/secret.ts";
import { signToken } from "../../src/identity/token.ts";

const ID = "3f2b8c1e-9a4d-4e6f-8b7c-0d1e2f3a4b5c";

console.log("ready");
for await (const stateDir of createInterface({ input: process.stdin })) {
  try {
    const { ring, appId } = loadSecret({ stateDir, shared: false, env: {} });
    console.log(`${appId} ${signToken(ring, "ps", ID)}`);
  } catch (error) {
    console.log(`failed: ${String(error)}`);
  }
}
