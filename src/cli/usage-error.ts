import { PersistError } from "../errors.ts";

/** An error in the command line. Ends the program with exit code 2. */
export class UsageError extends PersistError {
  constructor(message: string) {
    super("ERR_USAGE", message);
  }
}
