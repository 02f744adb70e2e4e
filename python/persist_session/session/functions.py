"""The functions that apps call besides the class itself."""

from __future__ import annotations

import time
from typing import Any

from .current import clear, current_session, state_behind
from .end import end_session_of, rotate_session
from ..errors import PersistError
from ..state import Arguments, Registration, registration_of
from ..service import Disconnected
from .restore import reset_stored
from .session import PATIENCE, Session

__all__ = ["clear_attribute", "clear_cookie_state", "commit", "end_session", "rotate"]


def commit() -> None:
    """Stores everything that this session has changed, now rather than at the end of the run.

    ```python
    import streamlit as st
    from persist_session import commit, persist

    @persist("order")
    class Order:
        def __init__(self):
            self.state = "new"

    order = Order()
    order.state = "paid"
    commit()  # stored before the next line runs
    st.text(order.state)  # paid
    ```

    Raises:
        PersistError: What could not be stored, and why: `ERR_ATTRIBUTE_TOO_LARGE`,
            `ERR_SESSION_TOO_LARGE`, `ERR_STORE_…`; `ERR_SERVICE_UNAVAILABLE`; `ERR_NO_SESSION`
            outside of a script run; `ERR_NO_GATEWAY`.
    """
    session = current_session()
    with session.lock:
        errors = session.writing.flush(time.monotonic() + PATIENCE)
    if errors:
        raise errors[0]


def rotate(*, login: bool = False) -> None:
    """Gives the browser's session a new id, and keeps its states.

    An attacker who knew the old cookie is locked out.

    ```python
    import streamlit as st
    from persist_session import rotate

    if st.button("Log in"):
        rotate(login=True)
    ```

    Args:
        login: A user has just signed in by the app's own means, so an absolute lifetime
            (``--max-lifetime``) begins anew. A login by ``st.login`` needs no call: the gateway
            sees it.

    Raises:
        PersistError: What `commit()` raises; `ERR_CONFLICT` if others keep writing for 20 s;
            `ERR_SESSION_ENDED`; `ERR_SERVICE_UNAVAILABLE`; `ERR_OUTCOME_UNKNOWN` if the gateway
            went away before it answered.
    """
    rotate_session(current_session(), login)


def end_session() -> None:
    """Ends the browser's session, with all its states and its cookie, in every tab.

    States of the signed-in user stay. `AppState()` gives a fresh state afterwards.

    ```python
    import streamlit as st
    from persist_session import end_session

    if st.button("Log out"):
        end_session()
    ```

    Raises:
        PersistError: `ERR_NO_SESSION` outside of a script run; `ERR_NO_GATEWAY`;
            `ERR_SERVICE_UNAVAILABLE`; `ERR_STORE_…`; `ERR_OUTCOME_UNKNOWN` if the gateway went away
            before it answered.
    """
    end_session_of(current_session())


def clear_attribute(state: Any, name: str) -> None:
    """Gives one attribute the class's default again, and keeps the others.

    What is stored of it is not read, so this is a way out if that can no longer be read
    (`ERR_DECODE`). Assigning the attribute is another. One without a default is gone afterwards.

    ```python
    import streamlit as st
    from persist_session import clear_attribute, persist

    @persist("cart")
    class Cart:
        def __init__(self):
            self.items = []

    cart = Cart()
    cart.items.append("tea")
    clear_attribute(cart, "items")
    st.text(f"{len(cart.items)} items")  # 0 items
    ```

    Args:
        state: The state, or its class if even `AppState()` fails (a record that cannot be
            migrated).
        name: The attribute's name.

    Raises:
        PersistError: `ERR_OPTION_INVALID` if there is no such attribute; `ERR_NOT_PERSISTED`;
            `ERR_CONFLICT` if others keep changing the record; `ERR_SERVICE_UNAVAILABLE`;
            `ERR_STORE_…`.
    """
    if isinstance(state, type):
        registration = registration_of(state)
        if registration is None:
            raise PersistError("ERR_NOT_PERSISTED", f'{state.__name__} has no @persist("…") above it.')
        state = _opened(registration, name)
    state_behind(state).reset(name)


def _opened(registration: Registration, name: str) -> Any:
    session = current_session()
    try:
        return session.instance_of(registration, Arguments())
    except PersistError as error:
        if error.code != "ERR_DECODE":
            raise
        with session.lock:
            found = _reset_stored(session, registration, name, time.monotonic() + PATIENCE)
        if not found:
            raise
        return session.instance_of(registration, Arguments())


def _reset_stored(session: Session, registration: Registration, name: str, deadline: float) -> bool:
    while True:
        try:
            return reset_stored(session, registration, name, deadline)
        except Disconnected:
            continue


def clear_cookie_state(state: Any) -> None:
    """Clears one state, in every tab. The same as the method of the class.

    ```python
    import streamlit as st
    from persist_session import clear_cookie_state, persist

    @persist("cart")
    class Cart:
        def __init__(self):
            self.items = []

    cart = Cart()
    cart.items.append("tea")
    clear_cookie_state(cart)
    st.text(f"{len(Cart().items)} items")  # 0 items
    ```

    Args:
        state: The state, as `AppState()` gave it.

    Raises:
        PersistError: `ERR_NOT_PERSISTED`; `ERR_NESTED_UPDATE` inside of its own `update`;
            `ERR_SCOPE_ENDED`; `ERR_FOREIGN_STATE`; `ERR_SERVICE_UNAVAILABLE`; `ERR_STORE_…`.
    """
    clear(state)
