import { currentSession, restore } from "persist-session";

export default defineEventHandler(async () => {
  const { items } = await restore(cart);
  const text = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const item of ["one", "two"]) {
        items.push(item);
        await currentSession().commit();
        controller.enqueue(text.encode(`${item}\n`));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      items.push("three");
      controller.close();
    },
  });
});
