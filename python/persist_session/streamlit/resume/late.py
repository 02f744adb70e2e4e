"""Drops late messages of a run that a reload has interrupted: they were for the former page.

Each element names its place in the page. A new page has none of these places, and Streamlit's own code in it gives up on the first one
that it does not find. So a reloaded page gets nothing of an older run: it begins with the beginning of the next one.
"""

from __future__ import annotations

from functools import wraps
from typing import Any
from weakref import WeakSet

_OF_A_RUN = frozenset(("new_session", "delta", "script_finished"))


class LateMessages:
    """The sessions whose page has not seen the beginning of a run yet. Used on Streamlit's event loop alone."""

    def __init__(self) -> None:
        self._waiting: WeakSet[Any] = WeakSet()

    def begin(self, session: Any) -> None:
        """Notes that a reloaded page has got this session."""
        self._waiting.add(session)
        queue = session._browser_queue
        for message in queue.flush():
            if not self.is_late(session, message):
                queue.enqueue(message)

    def is_late(self, session: Any, message: Any) -> bool:
        if session not in self._waiting:
            return False
        kind = message.WhichOneof("type")
        if kind == "new_session" and not _is_fragment(message):
            self._waiting.discard(session)
            return False
        return kind in _OF_A_RUN


def _is_fragment(message: Any) -> bool:
    """Whether a fragment's run begins: its page is there already. Newer versions give the fragment's ids elsewhere."""
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
