import { PersistError } from "../errors.ts";
import type { Registration } from "./registry.ts";

/** The most attributes of one state that a message names. */
const MAX_NAMES = 10;

/**
 * The refusal of a second class or schema under one key.
 * @param holder - the first one
 */
export function keyTaken(holder: Registration, { key, ...given }: Registration): PersistError {
  const { name } = given.stateClass;
  const kinds = [holder.schema, given.schema].filter((schema) => schema !== undefined).length;
  if (kinds === 0) {
    return new PersistError(
      "ERR_KEY_TAKEN",
      `The key "${key}" of class ${name} is taken by class ${holder.stateClass.name}. ` +
        `Give each class a key of its own: @persist("${key}-2").`,
    );
  }
  if (kinds === 1) {
    const [first, second] =
      holder.schema === undefined
        ? [`class ${holder.stateClass.name}`, `state("${key}", …)`]
        : [`a state("${key}", …)`, `class ${name}`];
    return new PersistError(
      "ERR_KEY_TAKEN",
      `The key "${key}" of ${second} is taken by ${first}. Give each a key of its own: "${key}-2".`,
    );
  }
  return new PersistError(
    "ERR_KEY_TAKEN",
    `There are two state("${key}", …), and they differ in ${differences(holder, { key, ...given })}. If they are one state, make it once, in a module ` +
      `that the others import. If they are two, give each a key of its own: state("${key}-2", …).`,
  );
}

/** What two schemas under one key differ in, by name. */
function differences(holder: Registration, given: Registration): string {
  const found: string[] = [];
  const [before, now] = [namesOf(holder), namesOf(given)];
  if (before !== undefined && now !== undefined) {
    const [first, second] = [without(before, now), without(now, before)];
    const only = [
      first && `only the first has ${first}`,
      second && `only the second has ${second}`,
    ];
    if (first || second) found.push(`their attributes (${only.filter(Boolean).join("; ")})`);
    else if (before.join() !== now.join()) found.push("the order of their attributes");
  }
  const options = (["version", "owner", "ttl"] as const).filter(
    (option) => holder[option] !== given[option],
  );
  const types = [holder, given].map((one) => [...one.types.keys()].toSorted().join());
  const names = [...options, ...(types[0] === types[1] ? [] : ["types"])];
  if (names.length > 0) found.push(`the options ${names.join(", ")}`);
  return found.length > 0 ? found.join(" and in ") : "what they have";
}

/** The names that the others do not have, in words. */
function without(names: readonly string[], others: readonly string[]): string {
  const own = names.filter((name) => !others.includes(name));
  const more = own.length > MAX_NAMES ? ` and ${own.length - MAX_NAMES} more` : "";
  return `${own.slice(0, MAX_NAMES).join(", ")}${more}`;
}

function namesOf({ stateClass }: Registration): string[] | undefined {
  try {
    return Object.keys(new stateClass());
  } catch {
    // A schema whose defaults cannot be made now.
    return undefined;
  }
}

/** The refusal of what is no persisted class, and has no schema that `state()` has taken. */
export function notPersisted(given: unknown): PersistError {
  const isSchema =
    ((typeof given === "object" && given !== null) || typeof given === "function") &&
    "~standard" in given;
  if (isSchema) {
    return new PersistError(
      "ERR_NOT_PERSISTED",
      'A schema was given, which has no key of its own. Make a state of it once, const cart = state("a-key", schema), and give that: restore(cart).',
    );
  }
  if (typeof given === "function") {
    const { name } = given;
    return new PersistError(
      "ERR_NOT_PERSISTED",
      `${name} is not a persisted class. Mark it with @persist("a-key"), or call persist("a-key", ${name}) once.`,
    );
  }
  const what = given === null ? "null" : typeof given;
  const hint =
    given === undefined
      ? " If it is imported, two modules may import each other: then it has no value yet."
      : "";
  return new PersistError(
    "ERR_NOT_PERSISTED",
    `A persisted class or a state is asked for, and ${what} was given. Give the class that @persist("a-key") marks, or what state("a-key", schema) gave.${hint}`,
  );
}
