import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../support/until.ts";
import { root } from "../project/imports.ts";
import { testPython } from "../streamlit/test-python.ts";
import { runIn } from "./command.ts";
import { installTarball, packTarball, type Tarball } from "./tarball.ts";

let tarball: Tarball;
let installed: string;
let bin: string;

before(async () => {
  tarball = await packTarball();
  installed = await installTarball(tarball);
  bin = join(installed, "node_modules/.bin/persist-session");
});
after(() => tarball?.remove());

test("persist-session tells its version and commands when it is installed from the tarball", async () => {
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  assert.equal(await runIn(installed, bin, "--version"), `${manifest.version}\n`);
  assert.match(await runIn(installed, bin, "--help"), /^ {2}run +run a Streamlit app/m);
});

test("persist-session runs a Streamlit app, with the page's script, when it is installed from the tarball", async () => {
  await writeFile(join(installed, "app.py"), "import streamlit as st\nst.write('here')\n");
  const child = spawn(bin, ["run", "app.py", "--port", "0", "--python", testPython()], {
    cwd: installed,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const url = () => /http:\/\/\S+/.exec(printed)?.[0];
    await until("the URL is printed", () => url() !== undefined || child.exitCode !== null);
    const html = await (await fetch(`${url()}/`)).text();
    const script = /<script[^>]+src="([^"]*persist-session\.[^"]*)"/.exec(html)?.[1];
    assert.ok(script !== undefined, "the page has no script of ours");
    const answer = await fetch(new URL(script, `${url()}/`));
    assert.match(await answer.text(), /sessionStorage/);
  } finally {
    child.kill("SIGTERM");
    assert.equal(await ended, 143);
  }
});
