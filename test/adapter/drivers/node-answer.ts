import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Answer, Visit } from "../driver.ts";

/** A visit by Node's own request and response. */
export function nodeVisit(request: IncomingMessage, response: ServerResponse): Visit {
  return {
    request,
    query: new URL(request.url ?? "/", "http://localhost").searchParams,
    body: async () => await text(request),
    node: () => ({ request, response }),
  };
}

/** Answers by hand, with nothing but what Node's response has. */
export async function answerByHand(response: ServerResponse, answer: Answer): Promise<void> {
  if (answer.taken) return;
  response.statusCode = answer.redirect === undefined ? (answer.status ?? 200) : 302;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.redirect !== undefined) response.setHeader("location", answer.redirect);
  if (answer.pieces !== undefined) {
    for await (const piece of answer.pieces()) response.write(piece);
    response.end();
    return;
  }
  if (answer.json !== undefined) response.setHeader("content-type", "application/json");
  response.end(answer.json === undefined ? answer.text : JSON.stringify(answer.json));
}
