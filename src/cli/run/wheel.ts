/** What the console script of the Python wheel says about the Python that it runs in. */
export interface Wheel {
  /** Its program. */
  readonly python: string;
  /**
   * Whether this Python holds commands alone, as uvx and pipx make it, so that an app's packages
   * are elsewhere.
   */
  readonly isolated: boolean;
}

const VARIABLE = "PERSIST_SESSION_WHEEL";

/** The wheel that started this command. Undefined if npm installed it. */
export function wheelOf(env: { readonly [name: string]: string | undefined }): Wheel | undefined {
  const text = env[VARIABLE];
  if (text === undefined) return undefined;
  try {
    const { python, isolated } = JSON.parse(text) as Partial<Wheel>;
    if (typeof python === "string") return { python, isolated: isolated === true };
  } catch {
    // Not from our script; then nothing is known.
  }
  return undefined;
}
