/** Node's arguments for a program in TypeScript, from any working directory. */
export const typescript: readonly string[] = [
  "--import",
  new URL("../../scripts/setup/typescript.js", import.meta.url).href,
];
