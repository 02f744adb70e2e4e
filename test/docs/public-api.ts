import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  API,
  type Checker,
  type Project,
  type Symbol,
  SymbolFlags,
} from "typescript/unstable/sync";
import { root } from "../project/imports.ts";

/** What an editor shows for one thing that the package exports. */
export interface Documented {
  /** The entries that export it, such as "persist-session/redis". */
  readonly entries: string[];
  readonly name: string;
  readonly kind: "function" | "class" | "interface" | "type" | "value";
  /** Where it is declared: a path from the project's root. */
  readonly file: string;
  readonly summary: string;
  readonly tags: readonly Tag[];
  /** Its properties and methods, if it is a class or an interface of ours. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly name: string;
  readonly isMethod: boolean;
  readonly optional: boolean;
  readonly summary: string;
  readonly tags: readonly Tag[];
}

interface Tag {
  readonly name: string;
  readonly text: string;
}

const place = join(root, ".cache/public-api");

/** Everything that the entries of package.json export, each thing once. */
export function publicApi(): Documented[] {
  const sources = entrySources();
  mkdirSync(place, { recursive: true });
  const config = join(place, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions: { lib: ["es2023", "esnext.disposable", "dom"], types: ["node"] },
      files: [...sources.values()],
      include: [],
      exclude: [],
    }),
  );
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [config] });
    const project = snapshot.getProject(config);
    if (project === undefined) throw new Error(`TypeScript did not open ${config}`);
    return describeAll(project, sources);
  } finally {
    api.close();
  }
}

function entrySources(): Map<string, string> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string }>;
  };
  const sources = new Map<string, string>();
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    const source = target.types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
    sources.set(`persist-session${entry.slice(1)}`, join(root, source));
  }
  return sources;
}

function describeAll({ program, checker }: Project, sources: Map<string, string>): Documented[] {
  const found = new Map<number, Documented>();
  for (const [entry, path] of sources) {
    const file = program.getSourceFile(path);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${path} is not a module`);
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = resolve(checker, exported);
      const known = found.get(symbol.id);
      if (known === undefined)
        found.set(symbol.id, describe(checker, entry, exported.name, symbol));
      else known.entries.push(entry);
    }
  }
  return [...found.values()];
}

function resolve(checker: Checker, symbol: Symbol): Symbol {
  return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function describe(checker: Checker, entry: string, name: string, symbol: Symbol): Documented {
  const handle = symbol.declarations[0];
  return {
    entries: [entry],
    name,
    kind: kindOf(symbol),
    file: relative(root, handle?.path ?? ""),
    ...docsOf(checker, symbol),
    members: membersOf(checker, symbol),
  };
}

function kindOf({ flags }: Symbol): Documented["kind"] {
  if ((flags & SymbolFlags.Function) !== 0) return "function";
  if ((flags & SymbolFlags.Class) !== 0) return "class";
  if ((flags & SymbolFlags.Interface) !== 0) return "interface";
  return (flags & SymbolFlags.TypeAlias) === 0 ? "value" : "type";
}

function docsOf(checker: Checker, symbol: Symbol): Pick<Documented, "summary" | "tags"> {
  const tags = symbol.getJsDocTags(checker).map(({ name, text = "" }) => ({ name, text }));
  return { summary: symbol.getDocumentationComment(checker).trim(), tags };
}

const MEMBER = SymbolFlags.Property | SymbolFlags.Method | SymbolFlags.GetAccessor;

function membersOf(checker: Checker, symbol: Symbol): Member[] {
  if ((symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)) === 0) return [];
  return (
    [...symbol.getMembers().values(), ...staticMethods(symbol)]
      .filter(({ flags }) => (flags & MEMBER) !== 0)
      // Private fields, which declarations do not show.
      .filter(({ name }) => !name.includes("#"))
      .map((member) => ({
        name: member.name,
        isMethod: (member.flags & SymbolFlags.Method) !== 0,
        optional: (member.flags & SymbolFlags.Optional) !== 0,
        ...docsOf(checker, member),
      }))
      .filter(({ tags }) => !tags.some(({ name }) => name === "internal"))
  );
}

function staticMethods(symbol: Symbol): Symbol[] {
  if ((symbol.flags & SymbolFlags.Class) === 0) return [];
  return [...symbol.getExports().values()].filter(
    ({ flags }) => (flags & SymbolFlags.Method) !== 0,
  );
}
