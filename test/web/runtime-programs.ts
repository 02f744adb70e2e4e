import { join } from "node:path";

const { arch } = process;

/** The programs of other runtimes, as npm brings them without any script of theirs. */
const programs = {
  bun: `@oven/bun-linux-${arch === "arm64" ? "aarch64" : "x64"}/bin/bun`,
  deno: `@deno/linux-${arch}-glibc/deno`,
  workerd: `@cloudflare/workerd-linux-${arch === "arm64" ? "arm64" : "64"}/bin/workerd`,
};

/** Where a runtime's program is in a project that has installed it. */
export function runtimeProgram(directory: string, name: keyof typeof programs): string {
  return join(directory, "node_modules", programs[name]);
}

const LEAST = ["ffi", "env", "sys", "net", "read", "write"].map((right) => `--allow-${right}`);

/** How Bun and Deno run a program, with the least rights that docs/runtimes.md names. */
export const runtimes = {
  bun: (file: string): string[] => ["run", file],
  deno: (file: string): string[] => ["run", ...LEAST, "--no-prompt", file],
} as const;
