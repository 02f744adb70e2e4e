import type { RunningProgram } from "./running-program.ts";

/**
 * What a reader would do with a program that does not end by itself, by the program's name in the page. A program
 * without an entry here must end by itself, without an error.
 */
export const drivers: Record<string, (program: RunningProgram) => Promise<void>> = {};
