"""A page whose elements have 20 kB together."""

import streamlit as st

for number in range(20):
    st.text(f"{number}: " + "x" * 980)
st.text_input("name")
