"""Takes a file."""

import streamlit as st

file = st.file_uploader("file")
st.text(f"bytes: {0 if file is None else file.size}")
