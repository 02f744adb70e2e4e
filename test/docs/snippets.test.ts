import assert from "node:assert/strict";
import { test } from "node:test";
import { programsIn, unmarkedIn } from "./programs.ts";
import { snippetsIn } from "./snippets.ts";

const page = `
# A page

<!-- run: hello -->
\`\`\`ts
const name = "you";
\`\`\`

Some words.

<!-- run: hello -->

\`\`\`typescript
console.log(name);
\`\`\`

It prints:

<!-- output: hello -->
\`\`\`text
you
\`\`\`

- in a list
  <!-- not run: needs a cluster -->
  \`\`\`\`sh
  kubectl apply
  \`\`\`
  \`\`\`\`
`;

test("snippetsIn() gives each fence with its mark when marks stand before fences", () => {
  assert.deepEqual(
    snippetsIn("page.md", page).map(({ line, language, mark }) => [
      line,
      language,
      mark?.kind,
      mark?.value,
    ]),
    [
      [5, "ts", "run", "hello"],
      [13, "ts", "run", "hello"],
      [20, "text", "output", "hello"],
      [26, "sh", "not run", "needs a cluster"],
    ],
  );
  assert.equal(snippetsIn("page.md", page).at(-1)?.text, "kubectl apply\n```\n");
});

test("programsIn() puts parts together when they have one name", () => {
  assert.deepEqual(programsIn("page.md", page), [
    {
      page: "page.md",
      name: "hello",
      line: 5,
      language: "ts",
      text: 'const name = "you";\n\nconsole.log(name);\n',
      output: "you\n",
    },
  ]);
});

test("unmarkedIn() names the fence when nothing says whether it is run", () => {
  assert.deepEqual(unmarkedIn("page.md", page), []);
  assert.deepEqual(unmarkedIn("page.md", "words\n\n```js\n1;\n```\n"), ["page.md:3"]);
  assert.deepEqual(unmarkedIn("page.md", "```json\n{}\n```\n"), []);
  assert.deepEqual(unmarkedIn("page.md", "<!-- run: it -->\n```json\n{}\n```\n"), ["page.md:2"]);
  assert.deepEqual(unmarkedIn("page.md", "<!-- output: it -->\n```text\nno\n```\n"), ["page.md:2"]);
});

test("snippetsIn() throws when a fence is never closed", () => {
  assert.throws(() => snippetsIn("page.md", "```js\n1;\n"), /page\.md:1: the fence/);
});
