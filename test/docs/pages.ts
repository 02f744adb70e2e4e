import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, root } from "../project/imports.ts";

export interface Page {
  /** Its path from the project's root. */
  readonly path: string;
  readonly text: string;
}

/** The pages that a user of the package reads. */
export function userPages(): Page[] {
  return read(["README.md", ...below("docs")]);
}

/** Every page of the project, also those for people who work on it. */
export function allPages(): Page[] {
  return [
    ...userPages(),
    ...read(["CHANGELOG.md", "CONTRIBUTING.md", ...below("decisions"), ...below("examples")]),
  ];
}

function below(directory: string): string[] {
  return filesBelow(join(root, directory), ".md").map((file) => `${directory}/${file}`);
}

function read(paths: readonly string[]): Page[] {
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
