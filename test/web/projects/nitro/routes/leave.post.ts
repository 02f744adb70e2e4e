import { defineHandler, redirect } from "nitro/h3";
import { restore } from "persist-session";
import { cart } from "../utils/cart.ts";

export default defineHandler(async (event) => {
  const bad = (await event.req.formData()).get("bad") === "yes";
  (await restore(cart)).items.push(bad ? (5 as unknown as string) : "left");
  return redirect("/", 303);
});
