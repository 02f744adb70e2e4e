// The words of comments, messages and pages: plain English, which a reader understands at once.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { filesBelow, root } from "./imports.ts";
import { linesOfProse } from "./prose.ts";
import { ruleTests, type TextRule } from "./text-rules.ts";

const rules: readonly TextRule[] = [
  {
    name: "no vague subject",
    pattern:
      /\b[Ww]ho(?:m|so)?ever\b|\b(?:[Ss]ome|[Aa]ny|[Ee]very|[Nn]o)body\b(?![-";,`]|\.[a-z(])|\b[Ss]omeone\b/,
    remedy: "name the subject: a visitor, the caller, another process, an attacker",
    finds: ["whoever asks", "Nobody waits", "someone has vouched for it"],
    leaves: ["NoBody is a type", "a body", "whatever"],
  },
  {
    name: "if for conditions",
    pattern:
      /\b(?:undefined|`undefined`|None|null|NaN|[Ee]mpty|[Aa]bsent|[Aa]lso|[Oo]nly|[Ee]ven) where (?:it|there|no|a|the|this|one|they|an|nothing|none|its|all)\b|\bwhere (?:there (?:is|are|was|were)|nothing|none|it (?:is|was) (?:not|missing|known|unknown)|it (?:cannot|can|fails))\b/,
    remedy: "write if (or when) for a condition; where is for a place",
    finds: ["undefined where there is none", "also where it is empty", "where it is not known"],
    leaves: ["where the secret is kept", "the place where it stands", "undefined if there is none"],
  },
  {
    name: "no who without a noun",
    pattern:
      /\b(?:by|of|from|than|with|for|to|said by|but) who (?:has|have|had|only|does|takes|reads|opens|comes|wants|asks|gets|stores)\b|[;:] who (?:has|had|can|does|only|takes|reads|stores)\b/,
    remedy: "name the subject: the code that, a visitor who, an attacker with",
    finds: ["said by who opens the store", "checked: who has the store"],
    leaves: ["a visitor who has", "of who is signed in"],
  },
  {
    name: "no is to be",
    pattern: /\b(?:is|are|was|were) to be\b/,
    remedy: "write must, should or will, or name who does it",
    finds: ["what is to be stored"],
    leaves: ["asked to be compressed"],
  },
  {
    name: "no in case",
    pattern: /\b[Ii]n case\b(?! of|[:.])/,
    remedy: "write if",
    finds: ["in case the store is away"],
    leaves: ["in case of doubt", "in either case"],
  },
  {
    name: "no tell of, say of",
    pattern: /\b(?:tells?|told|telling|says?|said) of\b/,
    remedy: "write report, or tell or say about",
    finds: ["tells of changes", "what a proxy says of HTTPS"],
    leaves: ["told about changes", "it says so", "what it says, of all"],
  },
  {
    name: "no none for a kind",
    pattern: /\b(?:that|which|it) (?:is|are) none\b(?! of)/,
    remedy: "say what it is: malformed, not a size",
    finds: ["a size that is none"],
    leaves: ["if there is none", "it is none of ours"],
  },
  {
    name: "no who for any person who",
    pattern:
      /(?:^|[.:;] )Who (?:can|has|names|writes|gives|puts|takes|wants|comes|knows|asks)\b(?! \w+ it\.)/,
    remedy: "name the subject: a caller that, anyone who, a process that",
    finds: ["Who can put a file there decides"],
    leaves: ["Who may write in it", "Who is signed in stays", "**Who can forge it.** No page"],
  },
  {
    name: "no words of another language's",
    pattern:
      /\b[Aa]fter so many\b|^\W*So many\b|\bas ever\b|\bin the place of\b|\b(?:is|are|was|were|be) looked at\b|\bsuch a one\b|\bof (?:before|now|then)\b(?! \w+ (?:of|if)\b|\.)/,
    remedy:
      "write as before, instead of, is checked or is read, such a name, the former or the current, this many",
    finds: [
      "is restored as ever",
      "in the place of the app's own",
      "each value is looked at",
      "the login of before",
      "After so many seconds it ends",
    ],
    leaves: ["in place of", "look at this", "const name of before.keys()", "of nowhere"],
  },
  {
    name: "no dated or roundabout words",
    pattern:
      /\b(?:its|their) kin\b|\bwithout a word\b|\bworth nothing\b|\bof (?:our|its) own making\b|\bby the word of\b/,
    remedy: "write and the like, silently, useless, made by this package, as reported by",
    finds: [
      "Express and its kin",
      "Node drops them without a word",
      "the note alone is worth nothing",
      "a secret of our own making",
      "by the word of trusted proxies",
    ],
    leaves: ["a kind of key", "a word without a space", "worth a MAC"],
  },
];

/** Everything that people read: sources with their comments and messages, and pages. */
const files = [
  ...["src", "scripts", "examples", "bench", "test"].flatMap((directory) =>
    [".ts", ".tsx", ".js"].flatMap((ending) => below(directory, ending)),
  ),
  ...below("python", ".py"),
  ...["docs", "decisions", "bench", "examples"].flatMap((directory) => below(directory, ".md")),
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "python/README.md",
].filter(
  (file) =>
    !/node_modules|\.next|\.svelte-kit|__pycache__|\/(?:build|dist)\/|web\/projects|bench\/results/.test(
      file,
    ) && !file.endsWith("test/project/english.test.ts"),
);

function below(directory: string, ending: string): string[] {
  return filesBelow(join(root, directory), ending).map((file) => `${directory}/${file}`);
}

describe("the English of comments, messages and pages", () => {
  test("is looked for in every room", () => {
    assert.ok(files.length > 900, `${files.length} files`);
    for (const known of ["src/index.ts", "docs/guide.md", "python/persist_session/persist.py"])
      assert.ok(files.includes(known), known);
  });

  ruleTests(rules, files, linesOfProse);
});
