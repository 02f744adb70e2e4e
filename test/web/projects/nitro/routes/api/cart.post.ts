import { defineHandler } from "nitro/h3";
import { restore } from "persist-session";
import { cart } from "../../utils/cart.ts";

export default defineHandler(async (event) => {
  const { items } = await restore(cart);
  items.push(await event.req.text());
  return JSON.stringify(items);
});
