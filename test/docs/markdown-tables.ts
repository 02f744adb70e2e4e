import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../project/imports.ts";

/** A row of a table: the text of its cells. */
type Row = readonly string[];

/**
 * The rows of the tables below a heading of a page, without their heads. Throws if the page has no
 * such heading.
 *
 * @param page - its path from the project's root
 */
export function tableRows(page: string, heading: string): Row[] {
  const { tables } = section(page, heading);
  return tables.flat();
}

/** The rows of one of the tables below a heading: of the one after the text that is named. */
export function tableAfter(page: string, heading: string, text: string): Row[] {
  const { body } = section(page, heading);
  const at = body.indexOf(text);
  if (at === -1) throw new Error(`${page}, "${heading}" does not say "${text}"`);
  return tablesIn(body.slice(at))[0] ?? [];
}

/** The names in backticks that stand in the first column below a heading, in order. */
export function firstColumn(page: string, heading: string): string[] {
  return tableRows(page, heading)
    .flatMap(([first = ""]) => [...first.matchAll(/`([^`]+)`/g)])
    .map(([, name = ""]) => name)
    .toSorted();
}

function section(page: string, heading: string): { body: string; tables: Row[][] } {
  const text = readFileSync(join(root, page), "utf8");
  const [, after] = text.split(new RegExp(`^#+ ${heading}$`, "m"));
  if (after === undefined) throw new Error(`${page} has no heading "${heading}"`);
  const body = after.split(/^#/m, 1)[0] ?? "";
  return { body, tables: tablesIn(body) };
}

function tablesIn(text: string): Row[][] {
  const tables = text.match(/(?:^\|.*\n?)+/gm) ?? [];
  return tables.map((table) => {
    const [, , ...rows] = table.trimEnd().split("\n");
    return rows.map((row) => cells(row));
  });
}

/** A "|" inside of a code span is written "\|". */
function cells(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
