import streamlit as st

st.session_state.setdefault("n", 0)
if st.button("plus"):
    st.session_state.n += 1
st.text_input("name", key="name")
st.text(f"n={st.session_state.n} name={st.session_state.name}")
