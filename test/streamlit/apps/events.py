"""Style sheets, toasts and dialogs, which lie beside the page. Its runs sleep as long as there is a
file PAUSE."""

import os
import time
from pathlib import Path

import streamlit as st

PAUSE = Path(os.environ.get("PAUSE", "/nowhere"))

state = st.session_state
state.runs = state.get("runs", 0) + 1


def pause() -> None:
    while PAUSE.exists():
        time.sleep(0.05)


@st.fragment
def part() -> None:
    if st.button("work"):
        st.text("work: begun")
        pause()
        st.toast("One toast")
        st.toast("Another toast")
        st.text("work: done")


@st.dialog("Question")
def ask() -> None:
    if st.button("answer"):
        pause()
        st.text("answer: yes")
    st.text("asked: yes")


pause()
st.html("<style>[data-testid='stText'] { color: rgb(255, 0, 0); }</style>")
if state.runs == 1:
    st.toast("Welcome")
st.text(f"runs: {state.runs}")
part()
if st.button("ask"):
    ask()
st.text("end: yes")
