import { testModule } from "./modules.ts";

testModule("test_start");
