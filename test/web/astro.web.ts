import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { newerNode, type Project, prepareProject } from "./project.ts";
import { startServer } from "./server.ts";
import { shopTests } from "./shop.ts";

let project: Project;
let node: string;

shopTests({
  name: "Astro",
  paths: { add: "/", empty: "/", leave: "/leave" },
  errorPage: /Own error page/,
  async build() {
    node = await newerNode();
    project = await prepareProject("astro", "astro.md", node);
    const { bin } = (await import(`${project.directory}/node_modules/astro/package.json`, {
      with: { type: "json" },
    }).then((found) => found.default)) as { bin: { astro: string } };
    await project.run(`astro/${bin.astro}`, "build");
    assert.ok(!(await readdir(project.directory)).includes(".persist-session"));
    return project.directory;
  },
  start: async () =>
    await startServer({ cwd: project.directory, node, args: ["dist/server/entry.mjs"] }),
});
