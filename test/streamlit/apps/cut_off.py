"""A page whose first run after a visitor has typed waits until the page is cut off, and so is
stopped before it has shown anything."""

import time

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

session = get_script_run_ctx().session_id
if st.session_state.get("name") and "waited" not in st.session_state:
    st.session_state.waited = True
    while get_instance().is_active_session(session):
        time.sleep(0.01)
st.text_input("name", key="name")
st.button("again")
st.text(f"name: {st.session_state.name}")
st.text(f"waited: {'waited' in st.session_state}")
