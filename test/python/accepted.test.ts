import { testModule, testModules } from "./modules.ts";

await testModules([
  "test_accepted",
  "test_accepted_classes",
  "test_accepted_standard",
  "test_accepted_tables",
]);
await testModule("test_damaged");
await testModule("test_hostile");
