import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { describe, test } from "node:test";
import { wrapDocstrings } from "../../scripts/comments/docstrings.js";
import { sources } from "../../scripts/comments/sources.js";
import { MAX_COLUMNS, wrapComments } from "../../scripts/comments/wrap.js";
import { wrapFile } from "../../scripts/comments/wrap-file.js";
import { root } from "./imports.ts";

const long = "A word and another word, then more of them, ".repeat(4).trim();

describe("comments and docstrings", () => {
  test("are no wider than 100 columns", () => {
    const files = sources();
    assert.ok(files.length > 700, `${files.length} files`);
    const wide = files.filter((file) => {
      const text = readFileSync(file, "utf8");
      return wrapFile(text, file) !== text;
    });
    assert.deepEqual(
      wide.map((file) => relative(root, file)),
      [],
      "npm run format wraps them",
    );
  });
});

describe("wrapComments()", () => {
  test("fills a comment anew if a line is too long, and a second time changes nothing", () => {
    for (const text of [`/** ${long} */\nf();`, `  // ${long}\n  f();`, `/**\n * ${long}\n */`]) {
      const wrapped = wrapComments(text);
      assert.notEqual(wrapped, text);
      for (const line of wrapped.split("\n")) assert.ok(line.length <= MAX_COLUMNS, line);
      assert.equal(wrapComments(wrapped), wrapped);
      const words = (some: string): string[] => some.match(/\w+/g) ?? [];
      assert.deepEqual(words(wrapped), words(text));
    }
  });

  test("leaves alone what is no comment of whole lines", () => {
    for (const text of [
      `f(); // ${long}`,
      `const text = \`\n// ${long}\n/** ${long} */\n\`;`,
      `f("// ${long}");`,
      `// oxlint-disable-next-line ${long}`,
      `/* oxlint-disable ${long} */`,
      `/**\n * \`\`\`ts\n * // ${long}\n * \`\`\`\n */`,
    ])
      assert.equal(wrapComments(text), text);
  });

  test("takes no backtick of a pattern, a string or a comment for the start of a template", () => {
    for (const line of [
      "const NAME = /^[!#$%&'*+.^_`|~0-9a-z]{1,100}$/;",
      "const all = text.match(/`/g)?.length;",
      "if (/[^`]`/.test(line)) return;",
      'const mark = "`";',
      "f(); // an odd ` here",
    ]) {
      const wrapped = wrapComments(`${line}\n// ${long}\ng();`);
      assert.ok(wrapped.startsWith(`${line}\n`));
      for (const one of wrapped.split("\n")) assert.ok(one.length <= MAX_COLUMNS, one);
    }
    const template = `const text = \`one / two\n// ${long}\n\`;`;
    assert.equal(wrapComments(template), template);
  });

  test("wraps comments of Python, and leaves its strings alone", () => {
    const wrapped = wrapComments(`    # ${long}\n    f()`, "#").split("\n");
    assert.ok(
      wrapped.length > 2 && wrapped.slice(0, -1).every((line) => line.startsWith("    # ")),
    );
    const text = `APP = """\n# ${long}\n"""\nf()  # ${long}`;
    assert.equal(wrapComments(text, "#"), text);
  });

  test("keeps tags, items and empty lines where they are", () => {
    const text = `/**\n * ${long}\n *\n * - one\n * - two\n *\n * @param x - ${long}\n * @throws Error\n */`;
    const lines = wrapComments(text).split("\n");
    assert.ok(lines.includes(" * - one") && lines.includes(" * - two"));
    assert.equal(lines.filter((line) => line === " *").length, 2);
    assert.equal(lines.at(-2), " * @throws Error");
    assert.match(lines.at(-3) ?? "", /^ \* {3}\S/);
  });

  test("begins no line with what would be a tag or an item", () => {
    const text = `// ${"word ".repeat(18)}word 7 - 5 @tag * 3 ${"word ".repeat(9)}word`;
    assert.doesNotMatch(wrapComments(text), /^\/\/ [-*@]/m);
  });
});

describe("wrapDocstrings()", () => {
  const words = (some: string): string[] => some.match(/\w+/g) ?? [];

  test("fills a docstring anew if a line is too long, and a second time changes nothing", () => {
    const texts = [
      `"""${long}."""\n`,
      `def f():\n    """${long}.\n\n    ${long}\n    """\n`,
      `def f():\n    """${long}\n    ${long}."""\n    return 1\n`,
      `LIMIT = 1  # a bound\n"""${long}."""\n`,
      `def f():\n    r"""\n    ${long}\n    """\n`,
    ];
    for (const text of texts) {
      const wrapped = wrapDocstrings(text);
      assert.notEqual(wrapped, text);
      for (const line of wrapped.split("\n")) assert.ok(line.length <= MAX_COLUMNS, line);
      assert.equal(wrapDocstrings(wrapped), wrapped);
      assert.deepEqual(words(wrapped), words(text));
    }
  });

  test("leaves other strings, examples and short docstrings alone", () => {
    for (const text of [
      `TEXT = """${long}"""\n`,
      `TEXT = """\n${long}\n"""\n`,
      `call(\n    """${long}""",\n)\n`,
      `call(\n    1,\n    """${long}"""\n)\n`,
      `"""${long}""".strip()\n`,
      `def f():\n    """Short\n    lines."""\n`,
      `"""Short.\n\n\`\`\`python\nx = "${long}"\n\`\`\`\n"""\n`,
    ]) {
      assert.equal(wrapDocstrings(text), text);
    }
  });

  test("keeps the items of a section apart, and indents their further lines", () => {
    const text = `def f():\n    """Short.\n\n    Args:\n        one: ${long}\n        two: short\n        three: ${long}\n            more\n\n    Raises:\n        ValueError: ${long}\n    """\n`;
    const lines = wrapDocstrings(text).split("\n");
    const items = lines.filter((line) => /^ {8}\S/.test(line));
    assert.deepEqual(
      items.map((line) => line.trim().split(" ")[0]),
      ["one:", "two:", "three:", "ValueError:"],
    );
    assert.ok(lines.filter((line) => /^ {12}\S/.test(line)).length >= 4);
    for (const line of lines) assert.ok(line.length <= MAX_COLUMNS, line);
  });

  test("begins a line of its own with a tag behind a sentence", () => {
    const wrapped = wrapDocstrings(`def f():\n    """${long}. @raises ValueError always"""\n`);
    assert.match(wrapped, /^ {4}@raises ValueError always"""$/m);
  });
});
