/** What is kept of each tab over restarts of Streamlit. */
export interface KeepOptions {
  /** Of all values of a tab together. */
  readonly maxBytes: number;
  /** Whether values that have no other form are stored as pickle. */
  readonly allowPickle: boolean;
  /**
   * The cookies by which the app knows who is signed in: the values of a tab are not given to
   * another person.
   */
  readonly loginCookies: readonly string[];
}

/** The environment variables that turn keep on in Python. */
export function keepVariables(keep: false | KeepOptions): Record<string, string> {
  if (keep === false) return {};
  const { maxBytes, allowPickle, loginCookies } = keep;
  return {
    PERSIST_SESSION_KEEP: "on",
    PERSIST_SESSION_KEEP_MAX: String(maxBytes),
    ...(allowPickle && { PERSIST_SESSION_ALLOW_PICKLE: "on" }),
    ...(loginCookies.length > 0 && { PERSIST_SESSION_LOGIN_COOKIE: loginCookies.join(",") }),
  };
}
