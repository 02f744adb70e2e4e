import type { GatewayOptions } from "../gateway.ts";

/** How many sessions without an open page are kept for resume, and for how long. */
export interface ResumeOptions {
  /** Seconds. */
  readonly keepFor: number;
  readonly keepMax: number;
  /** Nobody has chosen `keepFor`: where Streamlit's own configuration says a longer time, that counts. */
  readonly atLeast: boolean;
}

/** What a gateway has to know about it. */
export function resumeGateway(
  resume: false | ResumeOptions,
): Pick<GatewayOptions, "resume" | "keepFor"> {
  return resume === false ? { resume: false } : { resume: true, keepFor: resume.keepFor };
}

/** What turns resume on in Python. */
export function resumeVariable(resume: false | ResumeOptions): Record<string, string> {
  if (resume === false) return {};
  const { keepFor, keepMax, atLeast } = resume;
  return { PERSIST_SESSION_RESUME: JSON.stringify({ for: keepFor, max: keepMax, atLeast }) };
}
