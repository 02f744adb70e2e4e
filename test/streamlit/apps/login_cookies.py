"""Logins kept in a cookie by an app's own code: with extra-streamlit-components, and with
streamlit-cookies-controller."""

import extra_streamlit_components as stx
import streamlit as st
from streamlit_cookies_controller import CookieController

from persist_session import fresh_after_reload

manager = stx.CookieManager()
# The library shows its component in one run only. If another component's run comes before that has
# read the cookies, it has none for good.
if "cookies" in st.session_state and st.session_state.cookies is None:
    del st.session_state["cookies"]
controller = CookieController()
st.session_state.setdefault("clicks", 0)
if "manager" not in st.session_state and manager.get("by_manager"):
    st.session_state.manager = manager.get("by_manager")
try:
    controlled = controller.get("by_controller")
except TypeError:
    controlled = None  # another component's run came before the library had read the cookies
if "controller" not in st.session_state and controlled:
    st.session_state.controller = controlled


def count() -> None:
    st.session_state.clicks += 1


st.button("count", on_click=count)
if st.button("sign in by manager"):
    manager.set("by_manager", "Ann B.", key="set_manager")
    st.session_state.manager = "Ann B."
if st.button("sign in by controller"):
    controller.set("by_controller", "Carl")
    st.session_state.controller = "Carl"
if st.button("sign out of manager"):
    try:
        manager.delete("by_manager", key="delete_manager")
    except KeyError:
        pass  # it is deleted; the library's own copy has not heard of it
    st.session_state.pop("manager", None)


def fresh() -> None:
    fresh_after_reload()
    st.session_state.fresh = "asked"


# A callback runs before the script, which a component's run may interrupt.
st.button("fresh", on_click=fresh)
st.text(f"fresh: {st.session_state.get('fresh')}")
st.text(f"manager: {st.session_state.get('manager')}")
st.text(f"controller: {st.session_state.get('controller')}")
st.text(f"clicks: {st.session_state.clicks}")
