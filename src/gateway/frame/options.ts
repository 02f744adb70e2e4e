/** What a reloaded page is shown, and which runs go on without their page. */
export interface FrameOptions {
  /** Whether a reloaded page is shown at once what it showed before. Default true. */
  readonly lastFrame?: boolean;
  /** The longest page that is kept for that, in bytes. Default 2 MiB. */
  readonly maxFrame?: number;
  /** What all pages take together, in bytes. Default 64 MiB. */
  readonly maxTotal?: number;
  /**
   * How long a run may go on without a page, in milliseconds; 0: not at all. Default 15 minutes.
   */
  readonly runFor?: number;
  /** How many may at once. Default 100. */
  readonly maxRuns?: number;
  /** How many of one visitor. Default 5. */
  readonly maxRunsOfVisitor?: number;
}
