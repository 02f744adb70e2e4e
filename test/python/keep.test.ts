import { testModule } from "./modules.ts";

// In a process of its own: its hooks would keep the sessions of other tests too.
await testModule("test_keep");
