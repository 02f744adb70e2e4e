// The script of a page that follows a state by Svelte's stores.
import { derived, get } from "svelte/store";
import { live } from "../../../src/client/index.ts";

interface CartView {
  items: string[];
}

const cart = live<CartView>("live.cart");
const text = derived(cart, (value) => `${value?.items.length ?? 0} of ${value?.items.join(",")}`);

text.subscribe((now) => (document.querySelector("#cart")!.textContent = now));
Object.assign(globalThis, { getNow: () => get(cart)?.items.join(",") });
