"""A chat whose answer streams, for the pictures that show a reload in the middle of it."""

import time

import streamlit as st

ANSWER = """State that lives in a process is gone when the process goes, and a page that is loaded anew begins a new
conversation with the server. To keep what was there, the server has to know which browser asks, where its state is, and
what was under way when the page went. Then the page that comes back is shown what it showed, and the answer goes on."""


def words():
    for word in ANSWER.split():
        time.sleep(0.2)
        yield f"{word} "


said = st.session_state.setdefault("said", [])
for role, text in said:
    st.chat_message(role).write(text)
if question := st.chat_input("Ask anything"):
    said.append(("user", question))
    st.chat_message("user").write(question)
    said.append(("assistant", st.chat_message("assistant").write_stream(words())))
