import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/project.js";

const ROOMS = ["src", "scripts", "test", "bench", "examples", "python"];
/** Projects of their own, and what tools make. */
const OTHERS = /node_modules|web\/projects|fixtures\/|\/\.|\/(?:build|dist|public)\//;

/** The sources whose comments are wrapped, as absolute paths. */
export function sources() {
  return ROOMS.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:ts|tsx|js|py)$/.test(name))
      .map((name) => join(root, room, name)),
  ).filter((file) => !OTHERS.test(file.slice(root.length)));
}
