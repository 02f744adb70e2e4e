import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

type Pair = readonly [name: string, value: string | number | readonly string[]];

/** The arguments of a `writeHead` that was held back. */
export class DeferredHead {
  readonly #status: number;
  readonly #message: string | undefined;
  readonly #headers: readonly Pair[];

  constructor(status: number, message: string | undefined, headers: readonly Pair[]) {
    this.#status = status;
    this.#message = message;
    this.#headers = headers;
  }

  /** Sets status and headers as `writeHead` would: each name replaces what was set before, repeated names add up. */
  applyTo(response: ServerResponse): void {
    response.statusCode = this.#status;
    if (this.#message !== undefined) response.statusMessage = this.#message;
    for (const [name] of this.#headers) response.removeHeader(name);
    for (const [name, value] of this.#headers) {
      response.appendHeader(name, typeof value === "number" ? String(value) : value);
    }
  }
}

/** Reads the arguments of `writeHead(status, message?, headers?)`; headers come as an object, as pairs or as a flat list. */
export function writeHeadOf(args: readonly unknown[]): DeferredHead {
  const [status, second, third] = args;
  const message = typeof second === "string" ? second : undefined;
  const headers = (typeof second === "string" ? third : (second ?? third)) as
    | OutgoingHttpHeaders
    | readonly unknown[]
    | undefined;
  const code = Number(status) | 0;
  if (code < 100 || code > 999) throw new RangeError(`Invalid status code: ${String(status)}`);
  return new DeferredHead(code, message, [...pairsOf(headers ?? {})]);
}

function* pairsOf(headers: OutgoingHttpHeaders | readonly unknown[]): Iterable<Pair> {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) yield [name, value];
    }
    return;
  }
  if (headers.every((entry) => Array.isArray(entry))) {
    yield* headers as unknown as Pair[];
    return;
  }
  for (let at = 0; at + 1 < headers.length; at += 2)
    yield [String(headers[at]), headers[at + 1] as Pair[1]];
}
