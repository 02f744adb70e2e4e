import { currentSession, restore } from "persist-session";
import { cart } from "../../cart";

export async function POST() {
  const { items } = await restore(cart);
  const text = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
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
  return new Response(body);
}
