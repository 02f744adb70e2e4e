/**
 * A message from the gateway to a page: text among Streamlit's binary messages. The page script
 * takes it out again.
 */
export interface PageMessage {
  /** The ticket by which the tab gets its Streamlit session back. */
  readonly ticket?: string;
  /** The ticket that the page must POST for its new cookie. */
  readonly adopt?: string;
  /** Asks the page to run the script again: it shows a Streamlit session that is gone. */
  readonly rerun?: true;
  /** The page holds back the following messages until it shows the earlier ones. */
  readonly pause?: true;
  /**
   * Two messages follow: the element of this widget with a value that the page got before, and the
   * same without the value. The page takes the second one if it has reported the widget itself on
   * this connection.
   */
  readonly unless?: string;
  /** Another page has come with this tab's ticket, so this page is another tab from now on. */
  readonly taken?: true;
}

/** Makes the text of a message. Its beginning distinguishes it from everything else. */
export function pageMessageText(message: PageMessage): string {
  return JSON.stringify({ "persist-session": 1, ...message });
}
