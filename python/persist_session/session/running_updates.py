"""The updates that this thread is running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .access import user_of, user_text
from ..state import LiveState

if TYPE_CHECKING:
    from .session import Session

Record = tuple[str, ...]
_here = threading.local()


def record_of(session: Session, state: LiveState) -> Record:
    """A key for the record, the same throughout this process. @raises PersistError `ERR_NO_USER`"""
    owner = state.registration.options.owner
    if owner == "user":
        whose = [user_text(user_of(state.registration))]
    elif owner == "tab":
        whose = [session.session_id, session.handle.tab or ""]
    else:
        whose = [session.session_id]
    return (owner, state.registration.key, *whose)


def is_updating(session: Session, state: LiveState) -> bool:
    """Whether the running code is the function of an update of this record."""
    records: frozenset[Record] = getattr(_here, "records", frozenset())
    return bool(records) and record_of(session, state) in records


@contextmanager
def updating(record: Record) -> Iterator[None]:
    before: frozenset[Record] = getattr(_here, "records", frozenset())
    _here.records = before | {record}
    try:
        yield
    finally:
        _here.records = before
