"""A chat whose answers stream for as many words as are asked for, and pages whose runs end in other
ways."""

import time

import streamlit as st

state = st.session_state
state.setdefault("messages", [])
state.setdefault("clicks", 0)
state.setdefault("written", 0)
state.runs = state.get("runs", 0) + 1


def click() -> None:
    state.clicks += 1


def words(count: int):
    for number in range(count):
        time.sleep(0.1)
        yield f"word-{number} "


@st.dialog("Question")
def ask() -> None:
    st.text("inside: yes")


@st.fragment(run_every=0.5)
def ticking() -> None:
    state.ticks = state.get("ticks", 0) + 1
    st.text(f"ticks: {state.ticks}")


st.button("click", on_click=click)
st.text(f"runs: {state.runs}")
st.text(f"clicks: {state.clicks}")
kind = st.selectbox("Kind", ["stream", "lines", "raise", "stop", "rerun", "dialog", "ticking", "fragment", "fresh"])
st.text(f"kind: {kind}")
for role, text in state.messages:
    with st.chat_message(role):
        st.markdown(text)


@st.fragment
def slow_part() -> None:
    state.setdefault("parts", 0)
    if st.button("part"):
        state.parts += 1
        for number in range(30):
            st.text(f"piece {number}")
            time.sleep(0.1)
    st.text(f"parts: {state.parts}")


if kind == "fragment":
    slow_part()
if kind == "ticking":
    ticking()
if kind == "fresh":
    from persist_session import fresh_after_reload

    fresh_after_reload()
if question := st.chat_input("Say"):
    state.messages.append(("user", question))
    with st.chat_message("user"):
        st.markdown(question)
    if kind == "dialog":
        ask()
    if kind == "stream":
        with st.chat_message("assistant"):
            answer = st.write_stream(words(int(question)))
        state.messages.append(("assistant", answer))
    else:
        with st.spinner("Working"):
            bar = st.progress(0.0)
            for number in range(int(question)):
                st.text(f"line {number}: {state.runs}")
                state.written += 1
                bar.progress((number + 1) / int(question))
                time.sleep(0.1)
    if kind == "raise":
        raise RuntimeError("as planned")
    if kind == "stop":
        st.text("stopped: yes")
        st.stop()
    if kind == "rerun":
        state.again = state.get("again", 0) + 1
        st.rerun()
st.text(f"again: {state.get('again', 0)}")
st.text(f"messages: {len(state.messages)}")
st.text(f"written: {state.written}")
