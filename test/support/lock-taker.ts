// Takes a lock as soon as it can, makes sure that no other program has it too, and is killed while
// it has it. Arguments: the lock, and a file that is there only while a program has the lock.
import { rmSync, writeFileSync } from "node:fs";
import { takeLock } from "./lock.ts";
import { until } from "./until.ts";

const [lock = "", inside = ""] = process.argv.slice(2);
await until("the lock is free", () => takeLock(lock));
writeFileSync(inside, "", { flag: "wx" });
await new Promise(setImmediate);
rmSync(inside);
process.kill(process.pid, "SIGKILL");
