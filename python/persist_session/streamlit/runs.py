"""The hooks in Streamlit that every persisted state needs: the start and the end of a run, and the
end of a session. Other code that touches Streamlit's internals is in `resume/` (widgets and forms)
and `start/` (its options).

Each hook is looked for first. If it is missing, the parts that need it are off, with one line in
the log.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from ..service import SERVICE, shared_client
from ..session import Host, Session, current_session, drop_session, session_if_any, set_host
from ..errors import PersistError
from ..own_environment import own_variables

_LOG = logging.getLogger("persist_session")
_STARTS = frozenset(("SCRIPT_STARTED",))
_ENDS = frozenset(
    (
        "SCRIPT_STOPPED_WITH_SUCCESS",
        "SCRIPT_STOPPED_FOR_RERUN",
        "FRAGMENT_STOPPED_WITH_SUCCESS",
        "SCRIPT_STOPPED_WITH_COMPILE_ERROR",
        "SHUTDOWN",
    )
)


class Listener(Protocol):
    """Is told about the runs of all sessions. Its errors go to the log."""

    def started(self, session: Session) -> None:
        """On the script's thread, before the first line of the script."""

    def ended(self, session: Session, event: str) -> None:
        """On the script's thread, when the states of the run are durable, before the browser is
        told."""

    def dropped(self, key: object) -> None:
        """Streamlit has dropped a session, the one with this session state."""


_listeners: list[Listener] = []
_installing = threading.Lock()
_installed = False


def install() -> None:
    """Idempotent."""
    global _installed
    with _installing:
        if _installed:
            return
        _installed = True
        _install_runs()
        _install_shutdown()


def listen(listener: Listener) -> None:
    _listeners.append(listener)


def connect() -> None:
    """Connects to the state service before the first page comes: an assertion is valid for minutes,
    and a script may use its first state much later."""
    if own_variables().get(SERVICE):
        shared_client().start()


def _install_runs() -> None:
    try:
        from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent

        events = {event.name for event in ScriptRunnerEvent}
    except (ImportError, AttributeError):
        events = set()
    if not events >= _ENDS:
        _LOG.error("This Streamlit does not tell when a run ends: call persist_session.commit() at the end of the script")
        return
    original: Any = ScriptRunner.__init__

    @wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _attach(self)

    ScriptRunner.__init__ = __init__  # type: ignore[method-assign]


def attach_to(context: Any) -> None:
    """Attaches to a run that began before the hooks were installed."""
    runner = getattr(getattr(context, "_enqueue", None), "__self__", None)
    if hasattr(runner, "on_event"):
        _attach(runner)


def _attach(runner: Any) -> None:
    """Runs our part before all receivers: the browser must be told about the end of a run only when
    its changes are durable."""
    signal = runner.on_event
    if getattr(signal, "_persist_session", False):
        return
    send = signal.send

    @wraps(send)
    def send_after_us(*args: Any, **kwargs: Any) -> Any:
        name = getattr(kwargs.get("event"), "name", None)
        try:
            if name in _STARTS:
                _started()
            elif name in _ENDS:
                _ended(name)
        except Exception:
            # An exception that escaped would make Streamlit miss its own event.
            _LOG.exception("persist-session failed at the event %s", name)
        return send(*args, **kwargs)

    signal.send = send_after_us
    signal._persist_session = True
    _watch_thread(runner)


def _watch_thread(runner: Any) -> None:
    """Handles `sys.exit()` in a script, which in older versions ends the thread with no event at
    all."""
    run = getattr(runner, "_run_script_thread", None)
    if run is None or getattr(runner, "_script_thread", None) is not None:
        return

    @wraps(run)
    def run_script_thread() -> None:
        try:
            run()
        finally:
            try:
                _ended("SHUTDOWN")
            except Exception:
                _LOG.exception("persist-session failed at the end of a script's thread")

    runner._run_script_thread = run_script_thread


def _started() -> None:
    session = session_if_any()
    if session is not None:
        session.begin_run()
    elif own_variables().get(SERVICE):
        # The gateway's assertion is valid for minutes, so it is used at once.
        session = current_session()
    if session is not None:
        for listener in _listeners:
            _tell("start of a run", listener.started, session)


def _ended(event: str) -> None:
    session = session_if_any()
    if session is None:
        return
    errors = session.end_run()
    for listener in _listeners:
        _tell("end of a run", listener.ended, session, event)
    if session.retired:
        drop_session(session.key)
    for error in errors:
        _LOG.error("%s", error)
        _show(error)


def _show(error: PersistError) -> None:
    """Shows an error on the page, after everything else."""
    import streamlit as st

    try:
        st.exception(error)
    except Exception:
        _LOG.exception("The page cannot show an error of persist-session")


def _install_shutdown() -> None:
    try:
        from streamlit.runtime.app_session import AppSession

        original: Any = AppSession.shutdown
    except (ImportError, AttributeError):
        _LOG.warning("This Streamlit does not tell when a session ends: what it holds is kept until the process ends")
        return

    @wraps(original)
    def shutdown(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            key = getattr(self, "_session_state", None)
            # While the interpreter exits, new threads never start. The service then sees the
            # connection end.
            if key is not None and not sys.is_finalizing():
                # On another thread, because this one serves all pages, and telling the service may
                # take a moment.
                threading.Thread(target=_drop, args=(key,), name="persist-session-close", daemon=True).start()
        except Exception:
            _LOG.exception("persist-session failed at the end of a session")
        return original(self, *args, **kwargs)

    AppSession.shutdown = shutdown  # type: ignore[method-assign]


def _drop(key: object) -> None:
    for listener in _listeners:
        _tell("end of a session", listener.dropped, key)
    drop_session(key)


def _tell(what: str, hear: Callable[..., None], *args: object) -> None:
    try:
        hear(*args)
    except Exception:
        _LOG.exception("persist-session failed at the %s", what)


def request_rerun(streamlit_id: str) -> None:
    """Runs a page's script again, from any thread. Does nothing if the page is not connected."""
    from streamlit import runtime

    try:
        if not runtime.exists():
            return
        manager = runtime.get_instance()._session_mgr
        info = manager.get_active_session_info(streamlit_id)
        if info is None:
            return
        session: Any = info.session
        session._event_loop.call_soon_threadsafe(session.request_rerun, session._client_state)
    except Exception:
        _LOG.exception("A page could not be run again (live=True)")


class _Streamlit(Host):
    def attach(self, context: Any) -> None:
        install()
        # The very first run began before there were hooks.
        attach_to(context)

    def rerun(self, streamlit_id: str) -> None:
        request_rerun(streamlit_id)


set_host(_Streamlit())
