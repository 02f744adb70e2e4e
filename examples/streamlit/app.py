"""State that survives the reload, in Streamlit. Start it with `npm start`, then try to lose what
you did."""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from uuid import uuid4

import pandas as pd
import streamlit as st
from persist_session import persist, update

st.set_page_config(page_title="Try to lose this", page_icon=":material/push_pin:")


@persist("app-state")
class AppState:
    """Level two: kept through restarts, crashes and deploys. examples/express/state.ts is the same
    state in TypeScript."""

    def __init__(self) -> None:
        self.count = 0
        self.notes: list[dict] = []
        self.trip = pd.DataFrame(
            {
                "what": ["Train", "Hotel", "Museum"],
                "price": [89.0, 240.0, 18.0],
                "paid": [True, False, False],
            }
        )


state = AppState()  # this browser's, with or without a reload in between


def add_one(fresh: AppState) -> None:
    fresh.count += 1


def board() -> None:
    st.title("Try to lose this")
    st.caption("Reload, open a second tab, kill Streamlit: what is on this page stands in a class with `@persist`.")

    button, shown = st.columns(2, vertical_alignment="center")
    if button.button("Count", type="primary", icon=":material/add:"):
        update(state, add_one)  # exact, however many tabs and servers count at once
    shown.metric("Counter", state.count)

    st.subheader("Notes")
    with st.form("note", clear_on_submit=True):
        text = st.text_input("New note", max_chars=500)
        if st.form_submit_button("Add") and text.strip():
            note = {"id": str(uuid4()), "text": text.strip(), "at": datetime.now(timezone.utc)}
            state.notes.append(note)  # a change in place is noticed
    for note in list(state.notes):
        left, right = st.columns([9, 1])
        left.text(note["text"])
        if right.button("", icon=":material/close:", key=note["id"], help="Delete this note"):
            state.notes.remove(note)
            st.rerun()

    st.subheader("Trip")
    base = st.session_state.setdefault("trip", state.trip)  # an editor's edits count from what it began with
    edited = st.data_editor(
        base,
        num_rows="dynamic",
        key="trip_editor",
        on_change=st.session_state.update,
        kwargs={"trip_changed": True},
    )
    if st.session_state.pop("trip_changed", False):
        state.trip = edited
    unpaid = state.trip.loc[~state.trip["paid"].astype("boolean").fillna(False), "price"]
    st.metric("Still to pay", f"{unpaid.sum():.2f}")


def books() -> None:
    st.title("Filters")
    st.caption("Level one, no code: plain widgets and `st.session_state`, kept over a reload by the gateway alone.")

    table = pd.read_csv(os.path.join(os.path.dirname(__file__), "books.csv"))
    genres = st.multiselect("Genre", sorted(table["genre"].unique()))
    first, last = st.slider("Published", 1800, 2000, (1800, 2000), step=10)
    search = st.text_input("Title contains")
    found = table[table["published"].between(first, last)]
    if genres:
        found = found[found["genre"].isin(genres)]
    found = found[found["title"].str.contains(search, case=False, regex=False)]
    st.caption(f"{len(found)} of {len(table)} books")
    st.dataframe(found, hide_index=True)


TOLD = """A run that streams an answer takes a while, and Streamlit ends it when its page goes. Behind the gateway it goes on: press F5 now, more
than once if you like. The words that are here stay, the next ones follow, and the whole answer is written once. Close the tab and open it again
from the browser's history: the same. Only a click ends a run, such as the button above, or Stop in the menu of the app."""


def told() -> Iterator[str]:
    for word in TOLD.split():
        time.sleep(0.3)
        yield f"{word} "


def answers() -> None:
    st.title("A long answer")
    st.caption("No code either: ask, and press F5 in the middle of the answer.")

    asked = st.session_state.setdefault("asked", [])
    if st.button("Forget the answers", icon=":material/close:"):
        asked.clear()
    for question, answer in asked:
        st.chat_message("user").write(question)
        st.chat_message("assistant").write(answer)
    if question := st.chat_input("Ask anything"):
        st.chat_message("user").write(question)
        answer = st.chat_message("assistant").write_stream(told())
        asked.append((question, answer))


st.session_state.setdefault("runs", 0)
st.session_state.runs += 1
with st.sidebar:
    st.caption(f"Run {st.session_state.runs} of this tab. Streamlit's process: {os.getpid()}")
    if "EXPRESS_EXAMPLE" in os.environ:
        st.link_button("The same state in TypeScript", os.environ["EXPRESS_EXAMPLE"])
    if st.button("Forget everything", icon=":material/delete:"):
        state.clear_cookie_state()
        st.session_state.clear()
        st.rerun()

st.navigation([st.Page(board, title="Board"), st.Page(books, title="Filters"), st.Page(answers, title="Answers")]).run()
