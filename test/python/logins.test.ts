import { testModule } from "./modules.ts";

await testModule("test_logins");
