// A component that a server renders and the page hydrates.
import { hydrateRoot } from "react-dom/client";
import { useLive } from "../../../src/client/react.ts";
import { CartList, type ListView } from "./cart-list.tsx";

const errors: string[] = [];
const initial = JSON.parse(document.querySelector("#initial")!.textContent) as ListView;

function Page() {
  return <CartList value={useLive<ListView>("live.cart", initial)} />;
}

hydrateRoot(document.querySelector("#root")!, <Page />, {
  onRecoverableError: (error) => errors.push(String(error)),
});
Object.assign(globalThis, { errors });
