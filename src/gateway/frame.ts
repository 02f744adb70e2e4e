/** What the gateway says to a page, by a text message among Streamlit's binary ones. The page's script takes it out again. */
export interface Frame {
  /** What the tab needs to get its Streamlit session back. */
  readonly ticket?: string;
  /** What the page is to POST for its new cookie. */
  readonly adopt?: string;
  /** The page is to run the script again: what it shows is of a Streamlit session that is gone. */
  readonly rerun?: true;
  /** Another page has come with this tab's ticket: this one is another tab from now on. */
  readonly taken?: true;
}

/** The message, by whose beginning the page tells it from anything else. */
export function frameText(frame: Frame): string {
  return JSON.stringify({ "persist-session": 1, ...frame });
}
