"""What both pages show."""

from __future__ import annotations

import streamlit as st


def page(name: str) -> None:
    st.session_state.setdefault("count", 0)
    if st.button("count"):
        st.session_state.count += 1
    st.text(f"page: {name}")
    st.text(f"number: {st.session_state.count}")
    st.text(f"free: {st.text_input(f'{name} free')}")
    st.text(f"keyed: {st.text_input(f'{name} keyed', key=f'{name}-keyed')}")
    st.text(f"slider: {st.slider(f'{name} slider', 0, 10, 3)}")
    with st.form("form"):
        inside = st.text_input(f"{name} inside")
        st.form_submit_button("send")
    st.text(f"inside: {inside}")
