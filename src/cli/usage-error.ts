import { PersistError } from "../errors.ts";

/** The command line cannot be understood. Ends the program with exit code 2. */
export class UsageError extends PersistError {
  constructor(message: string) {
    super("ERR_USAGE", message);
  }
}
