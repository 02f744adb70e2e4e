import { restore } from "persist-session";

export default defineEventHandler(async () => {
  const { items } = await restore(cart);
  items.push(5 as unknown as string);
  return "looks well";
});
