import { persist } from "../../src/state/persist.ts";

@persist("watch-shared")
export class SharedState {
  count = 0;
  text = "";
}
