import { createHash } from "node:crypto";
import { statementIsGone } from "./failures.ts";

/**
 * Lets a server keep the statements that it has parsed, by name, which makes the usual call a fifth
 * faster. A pooler that gives every transaction another connection (PgBouncer before 1.21, or
 * without `max_prepared_statements`) answers that it does not have the statement, or has it
 * already. Then nothing was done: this statement and all later ones are sent without a name.
 */
export class PreparedNames {
  readonly #names = new Map<string, string>();
  #usable = true;

  /** @param send - sends a statement, with a name if there is one */
  query<T>(text: string, send: (name: string | undefined) => Promise<T>): Promise<T> {
    if (!this.#usable) return send(undefined);
    return send(this.#nameOf(text)).catch((error: unknown) => {
      if (!statementIsGone(error)) throw error;
      this.#usable = false;
      return send(undefined);
    });
  }

  /** The same for the same text in every process, since a pooler's connections may be shared. */
  #nameOf(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      const hash = createHash("sha256").update(text).digest("hex");
      this.#names.set(text, (name = `persist_session_${hash.slice(0, 32)}`));
    }
    return name;
  }
}
