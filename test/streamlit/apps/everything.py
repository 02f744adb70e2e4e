"""A page with every kind of element that a reload has to bring back, in an app of two pages. Its
script sleeps as long as there is a file PAUSE."""

import os
import time
from pathlib import Path

import pandas as pd
import streamlit as st

PAUSE = Path(os.environ.get("PAUSE", "/nowhere"))
PIXEL = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
TABLE = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})

state = st.session_state
state.setdefault("clicks", 0)
state.setdefault("sent", 0)
state.setdefault("fragments", 0)


def asked() -> str:
    try:
        return PAUSE.read_text()
    except FileNotFoundError:
        return "go on"


def pause() -> None:
    if asked() == "visibly":
        st.text("begun: yes")
    while asked() != "go on":
        time.sleep(0.05)


def click() -> None:
    state.clicks += 1


def send() -> None:
    state.sent += 1


@st.fragment
def part() -> None:
    state.fragments += 1
    st.button("again")
    st.text(f"fragment: {state.fragments}")


def first() -> None:
    state.runs = state.get("runs", 0) + 1
    pause()
    st.title("Title")
    st.header("Header")
    st.caption("Caption")
    st.markdown("Some *markdown*")
    st.code("code()")
    st.latex("x^2")
    st.divider()
    st.button("click", on_click=click)
    st.text(f"clicks: {state.clicks}")
    st.text(f"runs: {state.runs}")
    left, right = st.columns(2)
    with left:
        st.text(f"input: {st.text_input('Text', 'preset')}")
        st.text(f"area: {st.text_area('Area', 'preset')}")
        st.text(f"number: {st.number_input('Number', value=1)}")
        st.text(f"check: {st.checkbox('Check')}")
        st.text(f"toggle: {st.toggle('Toggle')}")
        st.text(f"radio: {st.radio('Radio', ['r1', 'r2', 'r3'])}")
    with right:
        st.text(f"select: {st.selectbox('Select', ['s1', 's2', 's3'])}")
        st.text(f"multi: {st.multiselect('Multi', ['m1', 'm2', 'm3'])}")
        st.text(f"slider: {st.slider('Slider', 0, 10, 3)}")
        st.text(f"options: {st.select_slider('Options', ['o1', 'o2', 'o3'])}")
        st.date_input("Date", None)
        st.time_input("Time", None)
        st.color_picker("Colour", "#112233")
        st.text(f"pills: {st.pills('Pills', ['p1', 'p2'])}")
        st.feedback("thumbs")
    one, two = st.tabs(["One", "Two"])
    one.metric("Metric", 42, 1)
    two.json({"deep": [1, 2]})
    with st.expander("More", expanded=True):
        st.progress(0.4)
        st.success("Success")
        st.error("Error")
    with st.container(border=True):
        st.info("Info")
        st.warning("Warning")
    with st.form("form", clear_on_submit=True):
        st.text_input("Field")
        st.form_submit_button("Send", on_click=send)
    st.text(f"sent: {state.sent}")
    st.dataframe(TABLE)
    st.table(TABLE)
    edited = st.data_editor(TABLE, key="editor")
    st.text(f"edited: {edited['a'].tolist()}")
    st.bar_chart(TABLE["a"])
    st.image(PIXEL)
    part()
    with st.chat_message("user"):
        st.write("Hello")
    with st.status("Status"):
        st.write("Done")
    with st.sidebar:
        st.header("Side")
        st.slider("Below", 0, 5)
    st.chat_input("Say")
    st.text("end: yes")


def second() -> None:
    state.runs = state.get("runs", 0) + 1
    pause()
    st.title("Second")
    st.text(f"runs: {state.runs}")
    st.text_input("There", "preset")


st.navigation([st.Page(first, title="First", default=True), st.Page(second, title="Second", url_path="second")]).run()
