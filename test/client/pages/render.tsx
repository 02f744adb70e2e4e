// What the server renders of the component.
import { renderToString } from "react-dom/server";
import { CartList, type ListView } from "./cart-list.tsx";

export function render(value: ListView): string {
  return renderToString(<CartList value={value} />);
}
