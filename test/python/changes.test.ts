import { testModule } from "./modules.ts";

testModule("test_changes");
testModule("test_class_values");
testModule("test_deploys");
testModule("test_updating");
