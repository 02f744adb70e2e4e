/** Whether JSON has this number, so that it comes back as it was: no NaN, no infinity, no -0. */
export function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

/** Whether JSON has this value, and it is no object. */
export function isPlainPrimitive(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (typeof value === "number" && isPlainNumber(value)) ||
    typeof value === "boolean" ||
    value === null
  );
}
