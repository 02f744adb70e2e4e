"""Two pages of an app with widgets, a query that the page shows, and a run that takes long."""

import time

import streamlit as st

state = st.session_state
state.setdefault("clicks", 0)


def click() -> None:
    state.clicks += 1


def first() -> None:
    st.text("page: first")
    show("Name")


def second() -> None:
    st.text("page: second")
    show("Other")


def show(label: str) -> None:
    st.button("click", on_click=click)
    st.text(f"clicks: {state.clicks}")
    st.text(f"doc: {st.query_params.get('doc', 'none')}")
    st.text(f"typed: {st.text_input(label)}")
    st.text(f"check: {st.checkbox('Check')}")
    if st.button("work"):
        for number in range(600):
            st.text(f"line {number}: {st.query_params.get('doc', 'none')}")
            time.sleep(0.1)
    st.text("end: yes")


st.navigation([st.Page(first, title="First", default=True), st.Page(second, title="Second")]).run()
