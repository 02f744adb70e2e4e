import { testModule } from "./modules.ts";

await testModule("test_accepted");
await testModule("test_damaged");
await testModule("test_hostile");
