"""Decides whether the running code may use a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .context import require_context, session_key, signed_in_user, is_known_without_subject
from ..errors import PersistError
from ..state import LiveState, Registration

if TYPE_CHECKING:
    from .session import Session


def check_access(session: Session, state: LiveState, assigning: bool) -> None:
    """Brings the state up to date at its first use in a run.

    @raises PersistError
    """
    context = require_context()
    name = state.registration.name
    if session_key(context) is not session.key:
        raise PersistError(
            "ERR_FOREIGN_STATE",
            f"This {name} belongs to another visitor's session. It was kept where all sessions reach it: in a module, or in "
            f"st.cache_resource. Call {name}() in the script where you need it.",
        )
    if session.closed:
        raise PersistError("ERR_SCOPE_ENDED", f"The Streamlit session of this {name} has ended. Reload the page.")
    if state.registration.options.owner == "user":
        _check_user(session, state)
    if state.run < session.newest:
        session.refresh(state)
    if assigning and state.cleared:
        raise PersistError(
            "ERR_STATE_CLEARED",
            f"This {name} was cleared in this run, and nothing can be assigned to it any more. Call {name}() for a fresh one.",
        )


def user_of(registration: Registration) -> dict[str, str] | None:
    """The user who owns the state of a class with `owner="user"`; None for other classes.
    @raises PersistError `ERR_NO_USER`"""
    if registration.options.owner != "user":
        return None
    context = require_context()
    user = signed_in_user(context)
    if user is None and is_known_without_subject(context):
        raise PersistError(
            "ERR_NO_USER",
            f'{registration.name} is the signed-in user\'s (owner="user"), who is known by st.user.sub, and st.user has fields but no sub. '
            'If a proxy says who it is, map its header to sub: server.trustedUserHeaders = {"X-Forwarded-User" = "sub"}. Otherwise '
            f"call {registration.name}() only if st.user.is_logged_in.",
        )
    if user is None:
        raise PersistError(
            "ERR_NO_USER",
            f'{registration.name} is the signed-in user\'s (owner="user"), and no user is signed in. '
            f"Call {registration.name}() only if st.user.is_logged_in, for example after st.login().",
        )
    return user


def _check_user(session: Session, state: LiveState) -> None:
    user = user_of(state.registration)
    if session.states.get((state.registration.key, user_text(user))) is not state and state.instance is not None:
        raise PersistError(
            "ERR_FOREIGN_STATE",
            f"This {state.registration.name} belongs to another user than the one who is signed in. "
            f"Call {state.registration.name}() again.",
        )


def user_fields(registration: Registration) -> dict[str, Any]:
    """For the protocol's `restore`."""
    user = user_of(registration)
    return {} if user is None else {"user": user}


def user_text(user: dict[str, str] | None) -> str:
    return "" if user is None else f"{user.get('issuer', '')}\n{user['subject']}"
