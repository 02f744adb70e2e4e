import { restore } from "persist-session";

export default defineEventHandler(async () => {
  (await restore(cart)).items.push("thrown");
  throw createError({ statusCode: 418, statusMessage: "Own failure" });
});
