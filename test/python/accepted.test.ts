import { testModule } from "./modules.ts";

testModule("test_accepted");
testModule("test_damaged");
testModule("test_hostile");
