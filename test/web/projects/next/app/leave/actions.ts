"use server";

import { restore } from "persist-session";
import { redirect } from "next/navigation";
import { cart, session } from "../../lib/session";

export const leave = session.action(async (form: FormData) => {
  const mine = await restore(cart);
  mine.items.push(form.get("bad") === "yes" ? (5 as unknown as string) : "left");
  redirect("/");
});
