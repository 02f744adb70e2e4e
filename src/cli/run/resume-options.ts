import type { GatewayOptions } from "../../gateway/index.ts";

/** How many sessions without an open page are kept for resume, and for how long. */
export interface ResumeOptions {
  /** Seconds. */
  readonly keepFor: number;
  readonly keepMax: number;
  /**
   * Whether `keepFor` is only a default. Then a longer time in Streamlit's own configuration
   * counts.
   */
  readonly atLeast: boolean;
}

/** The gateway's options for resume. */
export function resumeGateway(
  resume: false | ResumeOptions,
): Pick<GatewayOptions, "resume" | "keepFor"> {
  return resume === false ? { resume: false } : { resume: true, keepFor: resume.keepFor };
}

/** The environment variable that turns resume on in Python. */
export function resumeVariable(resume: false | ResumeOptions): Record<string, string> {
  if (resume === false) return {};
  const { keepFor, keepMax, atLeast } = resume;
  return { PERSIST_SESSION_RESUME: JSON.stringify({ for: keepFor, max: keepMax, atLeast }) };
}
