import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "../setup/project.js";

/**
 * What is compiled into LMDB's binaries and is no npm package.
 *
 * @type {readonly { name: string, license: string, texts: readonly string[] }[]}
 */
const COMPILED_IN = [
  {
    name: "LMDB (liblmdb)",
    license: "OLDAP-2.8",
    texts: [
      "node_modules/lmdb/dependencies/lmdb/libraries/liblmdb/COPYRIGHT",
      "node_modules/lmdb/dependencies/lmdb/libraries/liblmdb/LICENSE",
    ],
  },
  {
    name: "LZ4",
    license: "BSD-2-Clause",
    texts: ["node_modules/lmdb/dependencies/lz4/lib/LICENSE"],
  },
];
/** Headers of this package are compiled into LMDB's binaries. */
const HEADERS = "node_modules/node-addon-api";

/** For packages that name their licence and bring no text of it. */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/**
 * The licences of everything in the wheel that is not ours.
 *
 * @param {readonly string[]} packages the directories of the npm packages in it, absolute or in the
 *   project
 * @returns {string}
 */
export function thirdPartyNotices(packages) {
  const parts = [...packages, HEADERS].map((directory) => noticeOf(resolve(root, directory)));
  const compiled = COMPILED_IN.map(({ name, license, texts }) => ({
    title: `${name} (${license})`,
    text: texts.map((file) => tidy(readFileSync(join(root, file), "utf8"))).join("\n\n"),
  }));
  const sections = [...parts, ...compiled].toSorted((a, b) => (a.title < b.title ? -1 : 1));
  const rule = "-".repeat(80);
  return [
    "The wheel of persist-session holds the following software. persist-session itself: see LICENSE.",
    ...sections.map(({ title, text }) => `${rule}\n${title}\n${rule}\n\n${text}`),
    "",
  ].join("\n\n");
}

/** @param {string} directory */
function noticeOf(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const { name, version, license } = manifest;
  if (typeof license !== "string")
    throw new Error(`${name} names no licence in its package.json. Look it up and note it here.`);
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = files.toSorted().map((file) => readFileSync(join(directory, file), "utf8"));
  if (texts.length === 0) texts.push(withoutFile(name, license, manifest));
  return {
    title: `${name} ${version} (${license})`,
    text: texts.map((text) => tidy(text)).join("\n\n"),
  };
}

/**
 * @param {string} name
 * @param {string} license
 * @param {{ author?: string | { name: string }, repository?: string | { url: string } }} manifest
 */
function withoutFile(name, license, { author, repository }) {
  const readme = join(root, "node_modules", name, "README.md");
  const inReadme =
    existsSync(readme) &&
    /(?:^|\n)#+ licen[cs]e\s+([\s\S]*Permission is hereby[\s\S]*)/i.exec(
      readFileSync(readme, "utf8"),
    )?.[1];
  if (typeof inReadme === "string") return inReadme;
  if (license !== "MIT")
    throw new Error(`${name} brings no text of its licence, ${license}. Look it up, note it here.`);
  const who = typeof author === "string" ? author : author?.name;
  const where = typeof repository === "string" ? repository : repository?.url;
  if (who === undefined && where === undefined)
    throw new Error(`${name} names neither an author nor a repository. Look them up, note them.`);
  return `Copyright (c) ${who ?? `the authors of ${where}`}\n\n${MIT}`;
}

/** @param {string} text */
function tidy(text) {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/[ \t]+$/gm, "")
    .trim();
}
