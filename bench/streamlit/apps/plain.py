"""The small app with st.session_state: plain Streamlit forgets it on a reload, resume does not."""

import streamlit as st

st.session_state.setdefault("count", 0)
if st.button("add"):
    st.session_state.count += 1
st.text(f"count: {st.session_state.count}")
st.text_input("name")
st.slider("size", 0, 100)
