"""What the tests of the promises click: one persisted class in the main script."""

import os

import streamlit as st
from persist_session import end_session, persist, rotate, update


@persist("app-state")
class AppState:
    def __init__(self) -> None:
        self.count = 0
        self.exact = 0
        self.items: list[int] = []
        self.nested: dict[str, dict[str, set[str]]] = {"a": {"b": set()}}
        self.left = ""
        self.right = ""


def add_exact(fresh: AppState) -> None:
    fresh.exact += 1


state = AppState()
left = st.text_input("left", key="left")
right = st.text_input("right", key="right")
if st.button("count"):
    state.count += 1
if st.button("exact"):
    update(state, add_exact)
if st.button("item"):
    state.items.append(len(state.items))
    state.nested["a"]["b"].add(f"n{len(state.items)}")
if st.button("save left"):
    state.left = left
if st.button("save right"):
    state.right = right
if st.button("clear"):
    state.clear_cookie_state()
    st.rerun()
if st.button("rotate"):
    rotate()
if st.button("end"):
    end_session()
    st.rerun()
if st.button("stop"):
    state.count += 10
    st.text("stopped: yes")
    st.stop()
if st.button("raise"):
    state.count += 100
    raise ValueError("the app's own mistake")

st.text(f"count: {state.count}")
st.text(f"exact: {state.exact}")
st.text(f"items: {state.items}")
st.text(f"nested: {sorted(state.nested['a']['b'])}")
st.text(f"left: {state.left}")
st.text(f"right: {state.right}")
st.text(f"pid: {os.getpid()}")
