import { cookieName, type CookieSettings } from "../../identity/index.ts";

/**
 * Removes our own cookie from a Cookie header, in every spelling and every copy: Streamlit and the
 * app never see it. The other pairs stay as they are. Gives undefined if nothing is left.
 */
export function withoutOwnCookie(
  header: string | undefined,
  settings: CookieSettings,
): string | undefined {
  if (header === undefined) return undefined;
  const names = new Set([false, true].map((secure) => cookieName(settings.name, secure, settings)));
  const kept = header.split(";").filter((pair) => !names.has(nameOf(pair)));
  const text = kept.join(";").trim();
  return text === "" ? undefined : text;
}

function nameOf(pair: string): string {
  const equals = pair.indexOf("=");
  return pair.slice(0, equals === -1 ? undefined : equals).trim();
}
