import { testModule } from "./modules.ts";

testModule("test_changes");
testModule("test_deploys");
