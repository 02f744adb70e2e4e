import { redis } from "./server/engines.ts";
import { testProcesses } from "./server/processes.ts";

testProcesses(redis, ["a URL", "ioredis", "a URL", "ioredis"], ["a URL", "a URL", "ioredis"]);
