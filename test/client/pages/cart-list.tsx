import type { Value } from "../../../src/client/index.ts";

export interface ListView {
  items: string[];
}

export function CartList({ value }: { value: Value<ListView> | undefined }) {
  return <p id="list">{value === undefined ? "nothing" : value.items.join(",")}</p>;
}
