import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newerNode, type Project, prepareProject } from "./project.ts";
import { startServer } from "./server.ts";
import { shopTests } from "./shop.ts";

let project: Project;
let node: string;

shopTests({
  name: "React Router",
  paths: { add: "/?index", empty: "/?index", leave: "/leave" },
  errorPage: /Sorry, this did not work\./,
  async build() {
    node = await newerNode();
    project = await prepareProject("react-router", "react-router.md", node);
    // The routes that only this test has.
    const routes = join(project.directory, "app/routes.ts");
    const more =
      '  route("api/stream", "routes/api.stream.ts"), route("leave", "routes/leave.tsx"), route("live", "routes/live.ts")];';
    await writeFile(routes, (await readFile(routes, "utf8")).replace("];", `,${more}`));
    await project.run("@react-router/dev/bin.cjs", "build");
    assert.ok(!(await readdir(project.directory)).includes(".persist-session"));
    return project.directory;
  },
  start: async () =>
    await startServer({
      cwd: project.directory,
      node,
      args: ["node_modules/@react-router/serve/bin.cjs", "build/server/index.js"],
    }),
});
