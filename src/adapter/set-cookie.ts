/**
 * The attributes of a cookie as frameworks take them that set cookies by objects (Next's
 * `cookies().set`).
 */
export interface CookieAttributes {
  readonly path?: string;
  readonly domain?: string;
  /** Seconds. */
  readonly maxAge?: number;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly partitioned?: boolean;
  readonly sameSite?: "lax" | "strict" | "none";
}

/** Parses one of our Set-Cookie values, for frameworks that set cookies and not headers. */
export function parseSetCookie(line: string): {
  readonly name: string;
  readonly value: string;
  readonly attributes: CookieAttributes;
} {
  const [pair = "", ...parts] = line.split("; ");
  const equals = pair.indexOf("=");
  const attributes: Record<string, unknown> = {};
  for (const part of parts) {
    const [key = "", value] = part.split("=", 2);
    if (key === "Max-Age") attributes["maxAge"] = Number(value);
    else if (key === "SameSite") attributes["sameSite"] = value?.toLowerCase();
    else if (key === "Path" || key === "Domain") attributes[key.toLowerCase()] = value;
    else if (key === "HttpOnly") attributes["httpOnly"] = true;
    else if (key === "Secure" || key === "Partitioned") attributes[key.toLowerCase()] = true;
  }
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1), attributes };
}
