import { persist } from "../../src/index.ts";

@persist("adapter.app")
export class AppState {
  count = 0;
  list: string[] = [];
}

@persist("adapter.person", { owner: "user" })
export class Person {
  name = "";
}
