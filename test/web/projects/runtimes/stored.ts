// One program for Bun, Deno and Node: a list in the store whose URL is given, and its live events.
import { clear, peek, state, update } from "persist-session";
import { withSession } from "persist-session/hono";
import { expose, liveEvents } from "persist-session/live";
import { z } from "zod";

const list = state("stored", z.object({ items: z.array(z.string()).default([]) }));
const live = liveEvents([expose(list, ["items"])]);

const store = process.env["STORE_URL"] ?? "";
const fetch = withSession(
  async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === "/live") return await live(request);
    if (request.method === "POST") {
      const item = await request.text();
      await update(list, ({ items }) => void items.push(item));
    }
    if (request.method === "DELETE") await clear(list);
    return Response.json((await peek(list)).items);
  },
  { store },
  () => undefined,
);

const port = Number(process.env["PORT"]);
const { Bun, Deno } = globalThis as unknown as Record<
  "Bun" | "Deno",
  { serve(...how: unknown[]): unknown } | undefined
>;
if (Bun !== undefined) Bun.serve({ port, hostname: "127.0.0.1", fetch, idleTimeout: 0 });
else Deno?.serve({ port, hostname: "127.0.0.1" }, fetch);
