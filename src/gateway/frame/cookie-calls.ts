import { DELTA, FORWARD } from "./messages.ts";
import { find, textOf } from "./wire.ts";

/** `Element.component_instance`, and its fields. */
const COMPONENT = 37;
const NAME = 4;
const ARGUMENTS = 2;

/** How JavaScript sets a cookie. */
const SCRIPT = /\bdocument\s*(?:\?\.|\.|\[)\s*["'`\\]*cookie|\bcookieStore\b/;
/** The methods of components that only read, by name. */
const READING: ReadonlySet<string> = new Set(["get", "getAll", "get_all"]);

/**
 * Whether a message from Streamlit may make its page set or delete a cookie: a component for
 * cookies that is not known to only read (those of extra-streamlit-components, which
 * streamlit-authenticator uses, and of streamlit-cookies-controller), or a script in the message
 * itself. No request may ever carry such a cookie.
 */
export function mayChangeCookies(message: Buffer): boolean {
  // Almost no message has anything to do with them.
  if (!message.includes("ookie") && !message.includes("OOKIE")) return false;
  if (SCRIPT.test(message.toString("latin1"))) return true;
  try {
    const component = find(message, FORWARD.delta, DELTA.element, COMPONENT)?.bytes;
    if (component === undefined) return false;
    const called = textOf(find(component, ARGUMENTS));
    if (!/cookie/i.test(textOf(find(component, NAME)) + called)) return false;
    return !READING.has(methodOf(called));
  } catch {
    return true;
  }
}

function methodOf(called: string): string {
  const { method } = JSON.parse(called) as { method?: unknown };
  return typeof method === "string" ? method : "";
}
