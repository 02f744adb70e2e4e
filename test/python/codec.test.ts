import { testModule } from "./modules.ts";

testModule("test_vectors");
testModule("test_round_trip");
