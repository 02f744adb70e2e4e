"""States of other owners than the browser: the signed-in user, and the tab."""

import streamlit as st
from persist_session import persist


@persist("profile", owner="user")
class Profile:
    def __init__(self) -> None:
        self.count = 0


@persist("draft", owner="tab")
class Draft:
    def __init__(self) -> None:
        self.count = 0


user = st.user.to_dict()
signed_in = bool(user.get("is_logged_in"))
st.text(f"user: {user.get('sub') if signed_in else 'nobody'}")

draft = Draft()
if st.button("draft"):
    draft.count += 1
st.text(f"draft: {draft.count}")

st.session_state.setdefault("memory", 0)
if st.button("remember"):
    st.session_state.memory += 1
st.text(f"memory: {st.session_state.memory}")

if signed_in:
    profile = Profile()
    if st.button("profile"):
        profile.count += 1
    st.text(f"profile: {profile.count}")
