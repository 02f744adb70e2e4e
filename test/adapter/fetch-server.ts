import { createServer, type Server } from "node:http";
import { Readable } from "node:stream";

/** A server that answers by a fetch-style handler, and passes its streams on as they come. */
export function fetchServer(handle: (request: Request) => Promise<Response>): Server {
  return createServer((request, response) => {
    const { method = "GET", headers } = request;
    const body = method === "GET" ? {} : { body: Readable.toWeb(request), duplex: "half" };
    const init = { method, headers: Object.entries(headers) as [string, string][], ...body };
    void handle(new Request(`http://localhost${request.url}`, init as RequestInit)).then((made) => {
      response.writeHead(made.status, [...made.headers].flat());
      if (made.body === null) return response.end();
      return Readable.fromWeb(made.body as never).pipe(response);
    });
  });
}
