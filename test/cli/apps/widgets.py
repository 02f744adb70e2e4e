"""Every kind of widget that keeps a value: without a key, with one, and in a form. One page of it
is the main script's own."""

from __future__ import annotations

import datetime
import inspect
from typing import Any

import streamlit as st

COLOURS = ["red", "green", "blue"]
DAY = datetime.date(2026, 1, 1)


def widgets(name: str, keyed: bool) -> dict[str, Any]:
    def key(kind: str) -> dict[str, str]:
        return {"key": f"{name}-{kind}"} if keyed else {}

    return {
        "text": st.text_input(f"{name} text", "default", **key("text")),
        "area": st.text_area(f"{name} area", **key("area")),
        "number": st.number_input(f"{name} number", value=1, **key("number")),
        "slider": st.slider(f"{name} slider", 0, 10, 3, **key("slider")),
        "range": st.slider(f"{name} range", 0, 10, (2, 8), **key("range")),
        "choice": st.select_slider(f"{name} choice", COLOURS, **key("choice")),
        "select": st.selectbox(f"{name} select", COLOURS, **key("select")),
        "multi": st.multiselect(f"{name} multi", COLOURS, **key("multi")),
        "radio": st.radio(f"{name} radio", COLOURS, **key("radio")),
        "check": st.checkbox(f"{name} check", **key("check")),
        "toggle": st.toggle(f"{name} toggle", **key("toggle")),
        "date": str(st.date_input(f"{name} date", DAY, **key("date"))),
        "pills": st.pills(f"{name} pills", COLOURS, **key("pills")),
        "segments": st.segmented_control(f"{name} segments", COLOURS, **key("segments")),
        "feedback": st.feedback("thumbs", key=f"{name}-feedback"),
        "time": str(st.time_input(f"{name} time", datetime.time(8, 30), **key("time"))),
        "colour": st.color_picker(f"{name} colour", "#ff0000", **key("colour")),
    }


def containers() -> dict[str, Any]:
    """Those that newer versions have as widgets."""
    if "on_change" not in inspect.signature(st.expander).parameters:
        return {}
    box = st.expander("box", on_change="rerun")
    box.caption("in the box")
    one, two = st.tabs(["tab one", "tab two"], on_change="rerun", key="tabs")
    one.caption("in tab one")
    two.caption("in tab two")
    return {"box": box.open, "one": one.open, "two": two.open}


def page() -> None:
    st.session_state.setdefault("count", 0)
    if st.button("count"):
        st.session_state.count += 1
    st.text(f"number: {st.session_state.count}")
    sets = {"free": lambda: widgets("free", False), "keyed": lambda: widgets("keyed", True)}
    for name, make in sets.items():
        st.text(f"{name}: {make()}")
    with st.form("form"):
        sent = widgets("form", False)
        st.form_submit_button("send")
    st.text(f"form: {sent}")
    st.text(f"containers: {containers()}")


if st.query_params.get("plain"):
    page()
else:
    pages = [st.Page(page, title="home", url_path="home", default=True)]
    pages.append(st.Page(page, title="two", url_path="two"))
    st.navigation(pages).run()
