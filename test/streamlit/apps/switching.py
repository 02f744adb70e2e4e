"""Two pages. The first writes lines and then switches to the second, which switches back."""

import time

import streamlit as st

state = st.session_state
state.setdefault("switches", 0)


def first() -> None:
    st.text("page: first")
    st.text(f"switches: {state.switches}")
    if question := st.chat_input("Say"):
        for number in range(int(question)):
            st.text(f"line {number}: yes")
            time.sleep(0.1)
        state.switches += 1
        st.switch_page(two)


def second() -> None:
    st.text("page: second")
    st.text(f"switches: {state.switches}")
    st.text(f"name: {st.text_input('Name', 'preset', key='name')}")
    if st.button("back"):
        for number in range(20):
            st.text(f"piece {number}: yes")
            time.sleep(0.1)
        state.switches += 1
        st.switch_page(one)


one = st.Page(first, title="First", default=True)
two = st.Page(second, title="Second")
st.navigation([one, two]).run()
