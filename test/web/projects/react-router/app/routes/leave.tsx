import { restore } from "persist-session";
import { redirect } from "react-router";
import { cart } from "../cart.server";

export async function action({ request }: { request: Request }) {
  const bad = (await request.formData()).get("bad") === "yes";
  (await restore(cart)).items.push(bad ? (5 as unknown as string) : "left");
  return redirect("/");
}

export default function Leave() {
  return <p>Leave</p>;
}
