"""Drops late messages of a run that was interrupted because its page had gone.

Each element names its place in the page. A new page has none of these places, and Streamlit's own
code in it gives up on the first one that it does not find. A page that was cut off and lives on
would mistake the interrupted run for a complete one, remove every element that the run had not
reached, and lose what the visitor had typed there. So both get nothing of an older run.
"""

from __future__ import annotations

from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

_OF_A_RUN = frozenset(("new_session", "delta", "script_finished"))


class LateMessages:
    """The sessions whose page has not seen the beginning of a run yet. Used on Streamlit's event
    loop alone."""

    def __init__(self) -> None:
        self._waiting: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
        """Whether the session's page is new: only a run of the whole script begins there."""

    def begin(self, session: Any, *, is_new: bool) -> None:
        """Notes that a page has got this session back: a new page, or one that was cut off."""
        queue = session._browser_queue
        for message in queue.flush():
            if message.WhichOneof("type") not in _OF_A_RUN:
                queue.enqueue(message)
        self._waiting[session] = is_new

    def is_late(self, session: Any, message: Any) -> bool:
        is_new = self._waiting.get(session)
        if is_new is None:
            return False
        kind = message.WhichOneof("type")
        if kind == "new_session" and not (is_new and _is_fragment(message)):
            del self._waiting[session]
            return False
        return kind in _OF_A_RUN


def _is_fragment(message: Any) -> bool:
    """Whether a fragment's run begins: its page is there already. Newer versions give the
    fragment's ids elsewhere."""
    if hasattr(message.new_session, "fragment_ids_this_run"):
        return len(message.new_session.fragment_ids_this_run) > 0
    return len(message.metadata.run.fragment_ids) > 0


def install_late(late: LateMessages) -> None:
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    original = AppSession._enqueue_forward_msg
    if not all(hasattr(ForwardMsgQueue, name) for name in ("flush", "enqueue")):
        raise AttributeError("its queue of messages has other methods")

    @wraps(original)
    def enqueue(self: Any, msg: Any) -> None:
        if not late.is_late(self, msg):
            original(self, msg)

    AppSession._enqueue_forward_msg = enqueue  # type: ignore[method-assign]
