import { testModule } from "./modules.ts";

testModule("test_persist");
testModule("test_messages");
