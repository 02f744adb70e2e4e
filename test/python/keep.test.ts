import { testModules } from "./modules.ts";

// In a process of their own: their hooks would keep the sessions of other tests too.
await testModules([
  "test_keep_begins",
  "test_keep_logins",
  "test_keep_refusals",
  "test_keep_stores",
  "test_keep_values",
]);
