import { defineHandler } from "nitro/h3";
import { clear, restore } from "persist-session";
import { cart } from "../utils/cart.ts";
import { page } from "../utils/page.ts";

export default defineHandler(async (event) => {
  const item = (await event.req.formData()).get("item");
  if (item === null) await clear(cart);
  else (await restore(cart)).items.push(String(item));
  return page((await restore(cart)).items);
});
