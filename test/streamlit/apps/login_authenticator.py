"""A login by streamlit-authenticator: its own cookie, my_auth, says who is signed in."""

import streamlit as st
import streamlit_authenticator as stauth


@st.cache_resource
def hashed(password: str) -> str:
    return str(stauth.Hasher.hash(password))


def user(name: str) -> dict[str, object]:
    return {"name": name, "email": f"{name.lower()}@example.com", "password": hashed(name.lower()), "roles": []}


credentials = {"usernames": {"ann": user("Ann"), "bob": user("Bob")}}
auth = stauth.Authenticate(credentials, "my_auth", "a-key-that-is-at-least-32-characters-long", 30, auto_hash=False)
auth.login()
st.session_state.setdefault("clicks", 0)


def count() -> None:
    st.session_state.clicks += 1


st.button("count", on_click=count)
if st.session_state.get("authentication_status"):
    auth.logout()
st.text(f"name: {st.session_state.get('name')}")
st.text(f"clicks: {st.session_state.clicks}")
