import { restore } from "persist-session";

export default defineEventHandler(async (event) => {
  const { bad } = await readBody<{ bad: string }>(event);
  const { items } = await restore(cart);
  items.push(bad === "yes" ? (5 as unknown as string) : "left");
  await sendRedirect(event, "/", 303);
});
