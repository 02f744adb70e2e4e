import type { APIRoute } from "astro";
import { currentSession, restore } from "persist-session";
import { cart } from "../../cart";

/** How a request may end otherwise than by its own answer. */
export const POST: APIRoute = async ({ request, rewrite }) => {
  const how = await request.text();
  const { items } = await restore(cart);
  items.push(how);
  if (how === "rewrite") return await rewrite(new Request(new URL("/shown", request.url)));
  if (how === "rotate") await currentSession().rotate({ login: true });
  throw new Error("as this test has it");
};
