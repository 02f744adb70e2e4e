// An app of h3 2 alone, which tells what a visitor sees.
import { H3, HTTPError } from "h3";
import { restore, state } from "persist-session";
import { persistSession } from "persist-session/nuxt";
import { z } from "zod";

const counter = state("counter", z.object({ count: z.number().default(0) }));
const app = new H3({ silent: true });
app.use(persistSession({ store: "memory:", secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi" }));
app.post("/add", async () => ({ count: ++(await restore(counter)).count }));
app.post("/throws", async () => {
  (await restore(counter)).count++;
  throw new HTTPError({ status: 418 });
});

let cookie = "";
const seen = [];
for (const path of ["/throws", "/add", "/missing"]) {
  const answer = await app.request(path, { method: "POST", headers: { cookie } });
  const given = answer.headers.getSetCookie();
  cookie = given[0]?.split(";", 1)[0] ?? cookie;
  seen.push([answer.status, given.length, (await answer.json()).count]);
}
console.log(JSON.stringify(seen));
