import type { IncomingMessage, ServerResponse } from "node:http";

const TEXTS = {
  400: ["This request is ambiguous", "Its version, Host, length or address is wrong."],
  408: ["This request took too long", "Send it again."],
  409: ["The session of this browser is just changing", "The page connects again by itself."],
  413: ["This request is too large", "Send its chunks without extensions."],
  431: ["This request has too many headers", "Send fewer cookies and headers."],
  500: ["Something went wrong in the gateway", "Its log says what."],
  502: ["Streamlit broke off", "It closed the connection before it had answered. Try again."],
  503: ["The app is not running right now", "It may be starting again. Try again in a moment."],
} as const;

export type Problem = keyof typeof TEXTS;

/** Short texts about what went wrong. */
export function problemText(status: Problem): string {
  const [title, remedy] = TEXTS[status];
  return `${title}. ${remedy}\n`;
}

/**
 * Answers with a few words about what went wrong, as a page if a page was asked for. If headers
 * have left, closes the connection.
 */
export function answerProblem(response: ServerResponse, status: Problem): void {
  const request: IncomingMessage = response.req;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const [title, remedy] = TEXTS[status];
  const asPage = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
  const body = asPage ? page(title, remedy, status > 500) : problemText(status);
  response.writeHead(status, {
    "content-type": asPage ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(status === 503 && { "retry-after": "2" }),
    // A client that waits for permission to send its body may send its next request instead, and
    // the two could not be distinguished. The same is true for data after a request that was not
    // understood.
    ...((status < 500 || request.headers.expect !== undefined) && { connection: "close" }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
  request.resume();
}

function page(title: string, remedy: string, again: boolean): string {
  const refresh = again ? '<meta http-equiv="refresh" content="2">' : "";
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">${refresh}<title>${title}</title>` +
    `<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style>` +
    `</head><body><h1>${title}</h1><p>${remedy}</p></body></html>\n`
  );
}
