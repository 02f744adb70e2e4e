import { type ReadAhead, readAhead } from "./read-ahead.ts";
import type { RequestScope } from "../../sessions/index.ts";

/**
 * Commits a handler's changes before its Response is returned. Changes while its body is being read
 * are committed before the body's end; if that fails, the body fails too.
 *
 * @returns the Response to return: this one, or one like it with the cookie and a body that is
 * watched
 */
export async function finishResponse(
  scope: RequestScope,
  request: Request,
  response: Response,
  report: (error: unknown) => void,
): Promise<Response> {
  try {
    const body = response.body as ReadableStream<Uint8Array> | null;
    if (body === null) return await withoutBody(scope, response);
    if (request.method === "HEAD") {
      // It will not be read.
      await body.cancel();
      return await withoutBody(scope, new Response(null, headOf(response)));
    }
    const ahead = await scope.enter(() => readAhead(body, () => scope.session.undecided));
    const streams = ahead.rest !== undefined;
    if (streams) await scope.commit();
    else await scope.end();
    const given = streams ? watched(ahead, scope, lengthOf(response), report) : whole(ahead);
    const answer = new Response(given, headOf(response));
    scope.setCookie(answer.headers, { early: streams });
    return answer;
  } catch (error) {
    await scope.end().catch(() => undefined);
    throw error;
  }
}

async function withoutBody(scope: RequestScope, response: Response): Promise<Response> {
  await scope.end();
  return scope.setCookie(response);
}

function lengthOf({ headers }: Response): number {
  return Number(headers.get("content-length") ?? Infinity);
}

/** What a Response is made from. */
function headOf({ status, statusText, headers }: Response): ResponseInit {
  // A ponyfill's headers are not instances of this realm's `Headers`, so they are copied. Copying
  // always would cost more.
  const own = headers instanceof Headers ? headers : new Headers([...headers]);
  return { status, statusText, headers: own };
}

function whole({ pieces }: ReadAhead): Uint8Array | ReadableStream<Uint8Array> {
  const [only] = pieces;
  // The length is known, so the client gets a Content-Length instead of chunks.
  if (pieces.length === 1 && only instanceof Uint8Array) return only;
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

/**
 * Streams the body, and holds back its end until the commit is done. With a known length the last
 * piece is the end, so that waits instead.
 */
function watched(
  { pieces, rest }: ReadAhead,
  scope: RequestScope,
  length: number,
  report: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  let next = rest?.next;
  let missing = length;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = pieces.shift() ?? (await scope.enter(take));
        if (piece !== undefined) {
          missing -= piece.byteLength;
          if (missing <= 0) await scope.commit();
          controller.enqueue(piece);
          return;
        }
        await scope.end();
      } catch (error) {
        report(error);
        await scope.end().catch(() => undefined);
        throw error;
      }
      controller.close();
    },
    async cancel(reason) {
      // The client has gone, but the changes are kept.
      await rest?.reader.cancel(reason);
      await scope.end().catch(report);
    },
  });

  async function take(): Promise<Uint8Array | undefined> {
    const { value } = await (next ?? rest?.reader.read() ?? { value: undefined });
    next = undefined;
    return value;
  }
}
