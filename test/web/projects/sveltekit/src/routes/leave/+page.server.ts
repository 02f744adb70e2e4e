import { restore } from "persist-session";
import { redirect } from "@sveltejs/kit";
import { cart } from "../../lib/server/cart";

export const actions = {
  default: async ({ request }) => {
    const bad = (await request.formData()).get("bad") === "yes";
    (await restore(cart)).items.push(bad ? (5 as unknown as string) : "left");
    redirect(303, "/");
  },
};
