import { restore } from "persist-session";
import { redirect } from "next/navigation";
import { cart, session } from "../../../lib/session";

/** What cannot be stored, and a redirect that must not be shown then. */
export const POST = session.route(async (request: Request) => {
  const mine = await restore(cart);
  mine.items.push(request.headers.has("x-fail") ? (5 as unknown as string) : "redirected");
  redirect("/");
});
