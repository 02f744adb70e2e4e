"""Filters, callbacks, values of an app's own class, and secrets. It knows nothing of
persist-session."""

import os
from dataclasses import dataclass, field
from datetime import date

import streamlit as st


@dataclass
class Region:
    name: str
    tags: list[str] = field(default_factory=list)


REGIONS = [Region("north"), Region("south", ["warm"]), Region("west")]

st.text(f"count at first: {st.session_state.get('count')}")
st.text(f"city at first: {st.session_state.get('city')}")
st.session_state.setdefault("count", 0)
st.session_state.setdefault("log", [])
st.session_state.setdefault("home", Region("home"))


def counted(by: int) -> None:
    st.session_state.count += by
    st.session_state["log"].append(by)


st.button("count", on_click=counted, args=(1,))
if st.button("tag"):
    st.session_state.home.tags.append("new")
if st.button("clear"):
    st.session_state.clear()
    st.rerun()
if st.button("delete"):
    del st.session_state["log"]
    st.rerun()
st.text(f"count: {st.session_state.count}")
st.text(f"log: {st.session_state.log}")
st.text(f"home: {st.session_state.home}")
region = st.selectbox("region", REGIONS, format_func=lambda region: region.name)
st.session_state.region_name = region.name
st.text(f"region: {region}")
st.text(f"city: {st.text_input('city', key='city')!r}")
st.text(f"name: {st.text_input('name')!r}")
st.text(f"only new: {st.checkbox('only new')}")
st.text(f"range: {st.slider('range', 0, 100, (20, 80))}")
st.text(f"day: {st.date_input('day', date(2024, 1, 1))}")
st.text(f"kinds: {st.multiselect('kinds', ['a', 'b', 'c'])}")
st.text(f"secret: {st.text_input('secret', type='password')!r}")
st.text(f"keyed secret: {st.text_input('keyed secret', type='password', key='pin')!r}")
st.text(f"pid: {os.getpid()}")
