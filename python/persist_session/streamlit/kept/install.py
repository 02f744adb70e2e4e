"""The hooks of keep into Streamlit, and the keepers of all sessions."""

from __future__ import annotations

import logging
from functools import wraps
from typing import Any

from ...errors import PersistError
from ...session import Session
from ..resume import COOKIE_COMPONENTS, is_shown_again
from ..runs import listen
from .keeper import Keeper
from .pending import install_pending
from .restored import install_restored, waiting
from .settings import KeepSettings
from .withheld import Withheld, install_withheld
from .worker import Worker

_LOG = logging.getLogger("persist_session")


class Keepers:
    """Hears of all runs, and has a keeper for each session."""

    def __init__(self, settings: KeepSettings, withheld: Withheld) -> None:
        self._settings = settings
        self._withheld = withheld
        self._worker = Worker()
        self._keepers: dict[int, Keeper] = {}

    def started(self, session: Session) -> None:
        keeper = self._keepers.get(id(session.key))
        if keeper is not None:
            keeper.started()
            return
        context = _context()
        if context is None:
            return
        keeper = Keeper(session, session.key, context, self._settings, self._withheld, self._worker)
        self._keepers[id(session.key)] = keeper
        keeper.started()
        keeper.begin()

    def ended(self, session: Session, event: str) -> None:
        keeper, context = self._keepers.get(id(session.key)), _context()
        if keeper is not None and context is not None:
            keeper.ended(context, event)

    def dropped(self, key: object) -> None:
        keeper = self._keepers.pop(id(key), None)
        if keeper is not None:
            keeper.drop()

    def deleted(self, state: Any, key: str) -> None:
        keeper = self._keepers.get(id(state))
        if keeper is not None:
            keeper.deleted(key)

    def unreadable(self, state: Any, error: PersistError) -> None:
        """A kept value cannot be made by the app's present code. In its first run, the session
        begins anew without any. Later it is only this value that is missing: what the visitor has
        done since must not be lost."""
        keeper, context = self._keepers.get(id(state)), _context()
        if keeper is None or context is None or keeper.runs > 1:
            _LOG.error("persist-session: a kept value cannot be read, and counts as missing: %s", error.message)
            return
        _LOG.error("persist-session: a tab begins anew, because a part of what was kept of it cannot be read: %s", error.message)
        keeper.discard()
        from streamlit.runtime.scriptrunner import RerunData, RerunException

        raise RerunException(RerunData(query_string=context.query_string, page_script_hash=context.page_script_hash))


def install_hooks(settings: KeepSettings) -> Keepers:
    """@raises ImportError, AttributeError, TypeError: nothing was installed"""
    from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
    from streamlit.runtime.state.session_state import KeyIdMapper, Serialized, SessionState, Value, WStates

    if not {"_old_state", "_new_widget_state", "_new_session_state", "_key_id_mapper"} <= set(SessionState.__dataclass_fields__):
        raise TypeError("SessionState has other fields")
    if not {"states", "widget_metadata"} <= set(WStates.__dataclass_fields__):
        raise TypeError("WStates has other fields")
    for owner, names in (
        (SessionState, ("_getitem", "_compact_state", "_set_key_widget_mapping", "_get_widget_id", "register_widget", "clear")),
        (WStates, ("get_serialized",)),
        (KeyIdMapper, ("get_id_from_key", "id_key_mapping")),
    ):
        for name in names:
            getattr(owner, name)
    if not all(callable(each) for each in (RerunData, RerunException, Serialized, Value, get_script_run_ctx)):
        raise TypeError("its runner has other parts")
    withheld = Withheld(COOKIE_COMPONENTS)
    install_withheld(withheld)
    keepers = Keepers(settings, withheld)
    install_pending(SessionState, keepers.unreadable)
    install_restored(SessionState, is_shown_again)
    _install_deletions(SessionState, keepers)
    listen(keepers)
    return keepers


def _install_deletions(SessionState: Any, keepers: Keepers) -> None:
    delete, clear = SessionState.__delitem__, SessionState.clear

    @wraps(delete)
    def __delitem__(self: Any, key: str) -> None:
        keepers.deleted(self, key)
        delete(self, key)

    @wraps(clear)
    def clear_all(self: Any) -> None:
        for key in list(self._old_state) + list(self._key_id_mapper.id_key_mapping.values()):
            keepers.deleted(self, key)
        waiting.pop(id(self), None)
        clear(self)

    SessionState.__delitem__ = __delitem__
    SessionState.clear = clear_all


def _context() -> Any:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    return get_script_run_ctx(suppress_warning=True)
