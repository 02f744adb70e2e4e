/** Content codings that the gateway makes. */
export type Encoding = "br" | "gzip";

/**
 * The longest Accept-Encoding that is read, in characters; a browser's has about 30. A client with
 * a longer one gets plain bytes.
 */
const MAX_ACCEPT = 1024;

/**
 * The coding that the client prefers; the first of `offered` if it prefers several equally;
 * undefined if it accepts none of them.
 */
export function bestEncoding(
  accept: string | string[] | undefined,
  offered: readonly Encoding[],
): Encoding | undefined {
  const weights = weightsOf(accept);
  let best: Encoding | undefined;
  let bestWeight = 0;
  for (const encoding of offered) {
    const weight = weights.get(encoding) ?? weights.get("*") ?? 0;
    if (weight > bestWeight) {
      best = encoding;
      bestWeight = weight;
    }
  }
  return best;
}

function weightsOf(accept: string | string[] | undefined): Map<string, number> {
  const weights = new Map<string, number>();
  const text = Array.isArray(accept) ? accept.join(",") : (accept ?? "");
  if (text.length > MAX_ACCEPT) return weights;
  for (const entry of text.toLowerCase().split(",")) {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    const value = weight === undefined ? 1 : Number(weight.slice(2));
    if (name !== "") weights.set(name, Number.isFinite(value) ? value : 0);
  }
  return weights;
}
