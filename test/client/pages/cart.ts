// The script of the tests' page: what the states show stands in the document, for the tests to
// read.
import { live, type Value } from "../../../src/client/index.ts";

export interface CartView {
  items: string[];
  since: Date | undefined;
}

const cart = live<CartView>("live.cart");
const shown: (Value<CartView> | undefined)[] = [];

const show = (value: Value<CartView> | undefined): void => {
  shown.push(value);
  const text =
    value === undefined ? "nothing" : `${value.items.join(",")};${value.since?.getTime()}`;
  document.querySelector("#cart")!.textContent = text;
  document.querySelector("#status")!.textContent = cart.status;
};
let stop = cart.subscribe(show);

Object.assign(globalThis, {
  shown,
  live,
  leave: () => stop(),
  comeBack: () => void (stop = cart.subscribe(show)),
});
