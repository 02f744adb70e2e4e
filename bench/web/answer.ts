export function answer(value: number, headers: Headers = new Headers()): Response {
  return Response.json({ value }, { headers });
}

/** How many bytes of state a visitor is to have. */
export function bytesOf(request: Request): number {
  return Number(new URL(request.url).searchParams.get("bytes"));
}
