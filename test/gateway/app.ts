/**
 * An app that says what it knows of its visitor, and keeps a few things in `st.session_state`
 * alone.
 */
export const APP = `
import base64
import json
import uuid

import streamlit as st
from persist_session.session.context import assertion_header

head = assertion_header() or ""
claims = json.loads(base64.urlsafe_b64decode(head.split(".")[0] + "==")) if head else {}
state = st.session_state
state.setdefault("count", 0)
state.setdefault("mark", uuid.uuid4().hex)
state.runs = state.get("runs", 0) + 1


def add():
    state.count += 1


st.button("Add", on_click=add)
st.text_input("Name", "nobody")
st.text("STATE " + json.dumps({
    "count": state.count, "mark": state.mark, "runs": state.runs, "name": "",
    "session": claims.get("s"), "tab": claims.get("t"), "purpose": claims.get("p"), "ephemeral": claims.get("x", False),
    "cookies": sorted(st.context.cookies.to_dict()), "user": st.user.to_dict(),
}))
`;

/** What the app says. */
export interface Shown {
  readonly count: number;
  /** Made once for each of Streamlit's sessions. */
  readonly mark: string;
  readonly runs: number;
  /** What the gateway says to Streamlit. */
  readonly session: string;
  readonly tab: string | null;
  readonly purpose: string;
  readonly ephemeral: boolean;
  readonly cookies: readonly string[];
  readonly user: Readonly<Record<string, unknown>>;
}
