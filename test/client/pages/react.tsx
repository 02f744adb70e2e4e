// A component that a server renders and the page hydrates.
import { useState } from "react";
import { hydrateRoot } from "react-dom/client";
import { live } from "../../../src/client/index.ts";
import { useLive } from "../../../src/client/react.ts";
import { CartList, type ListView } from "./cart-list.tsx";

const errors: string[] = [];
const initial = JSON.parse(document.querySelector("#initial")!.textContent) as ListView;

function List({ first }: { first: ListView }) {
  return <CartList value={useLive<ListView>("live.cart", first)} />;
}

/** The list with a first value, or another page of the app. */
function Page() {
  const [first, setFirst] = useState<ListView | undefined>(initial);
  Object.assign(globalThis, { setFirst });
  return first === undefined ? <p id="other">Another page</p> : <List first={first} />;
}

hydrateRoot(document.querySelector("#root")!, <Page />, {
  onRecoverableError: (error) => errors.push(String(error)),
});
Object.assign(globalThis, { errors, initial, live });
