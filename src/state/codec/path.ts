/**
 * One step into a value: a property, an index, or words for what has no name of its own (a Map's
 * third key).
 */
export type Step = string | number | { readonly words: string };

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const MAX_KEY = 40;
const SHOWN_AT_EACH_END = 6;

/**
 * The way to a value as a person would write it: `todos[3].owner`. Long ways and long keys are
 * shortened.
 */
export function formatPath(label: string | undefined, steps: readonly Step[]): string {
  const head = label ?? "value";
  if (steps.length <= 2 * SHOWN_AT_EACH_END) return head + steps.map(formatStep).join("");
  const start = steps.slice(0, SHOWN_AT_EACH_END).map(formatStep).join("");
  return `${head}${start} … ${steps.slice(-SHOWN_AT_EACH_END).map(formatStep).join("")}`;
}

function formatStep(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "object") return `(${step.words})`;
  if (step.length > MAX_KEY) return `[${JSON.stringify(step.slice(0, MAX_KEY))}…]`;
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
