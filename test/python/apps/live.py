"""A page that follows what other tabs do, and one that fills itself in slow steps."""

import time
from dataclasses import dataclass, field

import streamlit as st
from persist_session import persist


@dataclass
class Item:
    name: str
    tags: list[str] = field(default_factory=list)


@persist("live", live=True)
class Live:
    def __init__(self) -> None:
        self.count = 0
        self.items: list[Item] = []


state = Live()
typed = st.text_input("typed", key="typed")
if st.button("count"):
    state.count += 1
    state.items.append(Item(f"i{state.count}"))
if st.button("slow"):
    for _ in range(200):
        state.count += 1
        st.empty()
        time.sleep(0.05)
st.text(f"count: {state.count}")
st.text(f"items: {','.join(item.name for item in state.items)}")
st.text(f"same class: {all(isinstance(item, Item) for item in state.items)}")
st.text(f"typed: {typed}")
