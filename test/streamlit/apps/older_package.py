"""What the README of the package streamlit-persist-session 0.2.0 shows, as one app: written for
that package, with its import name."""

import threading

import streamlit as st
import streamlit_persist_session as sps


@sps.persist("visits")
class Visits:
    def __init__(self):
        self.seen = 0
        self.words = []


@sps.persist(
    cookie_key="account",
    secret_key="a passphrase of this very app",
    ttl=3600,
    exclude_fields=["token", "connection"],
)
class Account:
    def __init__(self, plan="free"):
        self.plan = plan
        self.logins = 0
        self.token = "none"
        self.connection = None
        self._ephemeral_cache = {}


visits = Visits()
account = Account("trial")
if getattr(visits, "_is_temp_placeholder", False):
    st.stop()

if st.button("visit"):
    visits.seen += 1
    visits.words.append(f"w{visits.seen}")
    visits._save_to_file()
if st.button("log in"):
    account.logins += 1
    account.token = "a token of this visitor"
    account.connection = threading.Lock()
    account._ephemeral_cache["user"] = 1
if st.button("upgrade"):
    account.plan = "paid"
if st.button("forget visits"):
    visits.clear_cookie_state()
    st.rerun()

st.text(f"seen: {visits.seen}")
st.text(f"words: {visits.words}")
st.text(f"key: {account._cookie_key}")
st.text(f"plan: {account.plan}")
st.text(f"logins: {account.logins}")
st.text(f"token: {account.token}")
st.text(f"connected: {account.connection is not None}")
st.text(f"cached: {len(account._ephemeral_cache)}")
