"""A chat, a form over three steps and an edited table, each on a page. It knows nothing of
persist-session."""

import os
import time

import pandas as pd
import streamlit as st


def chat() -> None:
    messages = st.session_state.setdefault("messages", [])
    text = st.chat_input("say")
    if text:
        messages.append({"role": "user", "content": text})
        messages.append({"role": "assistant", "content": text.upper()})
    for message in messages:
        with st.chat_message(message["role"]):
            st.markdown(message["content"])
    st.text(f"messages: {len(messages)}")


def wizard() -> None:
    answers = st.session_state.setdefault("answers", {})
    step = st.session_state.setdefault("step", 1)
    st.text(f"step: {step}")
    st.text(f"answers: {answers}")
    if step <= 3:
        with st.form(f"step {step}"):
            answer = st.text_input(f"answer {step}")
            if st.form_submit_button("next"):
                answers[f"a{step}"] = answer
                st.session_state.step += 1
                st.rerun()


def table() -> None:
    frame = pd.DataFrame({"item": ["tea", "milk"], "price": [3.5, 1.25]})
    edited = st.data_editor(frame, key="prices", num_rows="dynamic")
    st.text(f"total: {edited.price.sum()}")
    st.text(f"unit: {st.radio('unit', ['EUR', 'USD'], horizontal=True)}")
    if st.button("slow"):
        st.session_state["half"] = "begun"
        time.sleep(30)
        st.session_state["half"] = "done"
    st.text(f"half: {st.session_state.get('half')}")


st.text(f"pid: {os.getpid()}")
pages = [st.Page(chat, title="Chat"), st.Page(wizard, title="Wizard", url_path="wizard"), st.Page(table, title="Table", url_path="table")]
st.navigation(pages).run()
