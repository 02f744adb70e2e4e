import { execFile } from "node:child_process";
import { join } from "node:path";
import { root } from "../project/imports.ts";

/**
 * Runs a program to its end and gives what it printed. It runs as if started by hand: what npm and
 * the test runner put into the environment does not reach it.
 *
 * @throws Error with everything that the program printed, if it fails.
 */
export async function runIn(cwd: string, file: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_(?!EXTRA_CA))/.test(name)),
  );
  return new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      { cwd, env, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else {
          const command = [file, ...args].join(" ");
          reject(new Error(`${command} failed\n${stdout}${stderr}`, { cause: error }));
        }
      },
    );
  });
}

/** The path of a development tool's command. */
export function tool(name: string): string {
  return join(root, "node_modules/.bin", name);
}
