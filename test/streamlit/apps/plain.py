"""An app that knows nothing of persist-session: what resume keeps is all that it has."""

import threading

import streamlit as st

st.session_state.setdefault("lock", threading.Lock())  # no serializer could store it
st.session_state.setdefault("number", 0)


def main_page() -> None:
    if st.button("count"):
        st.session_state.number += 1
    st.text(f"number: {st.session_state.number}")
    st.text(f"lock: {id(st.session_state.lock)}")
    st.text(f"name: {st.text_input('name')}")
    st.text(f"keyed: {st.text_input('keyed', key='keyed')}")
    st.text(f"check: {st.checkbox('check')}")
    st.text(f"choice: {st.selectbox('choice', ['one', 'two', 'three'])}")
    st.text(f"amount: {st.number_input('amount', value=1)}")
    with st.form("form"):
        inside = st.text_input("inside")
        st.form_submit_button("send")
    st.text(f"inside: {inside}")
    with st.form("emptied", clear_on_submit=True):
        emptied = st.text_input("emptied")
        st.form_submit_button("send and empty")
    st.text(f"emptied: {emptied}")


def second_page() -> None:
    st.text(f"second: {st.text_input('second')}")
    st.text(f"slider: {st.slider('slider', 0, 10, 3)}")
    st.text(f"number: {st.session_state.number}")


st.navigation([st.Page(main_page, title="One"), st.Page(second_page, title="Two", url_path="two")]).run()
