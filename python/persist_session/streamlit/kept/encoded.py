"""The bytes of what was gathered, and why some of it has none."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ...codec import Namespace, encode_attribute
from ...errors import PersistError
from .gather import Gathered, Widget
from .pending import Pending
from .settings import KeepSettings

_LOG = logging.getLogger("persist_session")

KEY = "key:"
WIDGET = "widget:"

TRY_AGAIN = 30.0
"""After this many seconds, a value that was too large is measured again though it is the same
object."""
_MIN_SHARE = 8
"""A table in memory takes at most this many times its bytes in the store: a column of booleans is
stored as bits."""

# Replaces an object that has been written before.
_REFERENCE = 8
# The name that pickle would write for an uploaded file.
_UPLOAD = b"streamlit.runtime.uploaded_file_manager"

MAX_SECONDS = 0.5
"""A value whose encoding takes more CPU time is not kept: while it is encoded, no script runs."""

# What never changes in place.
_FIXED = (str, bytes, int)
WORTH_NOTING = 1000
"""Fewer bytes are encoded as quickly as they are looked up."""


class Unkept(Exception):
    """A value has no form in which it can be stored, so nothing of the tab is."""

    def __init__(self, key: str, kind: type, why: str) -> None:
        super().__init__(why)
        self.key = key
        self.kind = kind
        self.why = why


@dataclass(frozen=True)
class Encoded:
    """An attribute's bytes."""

    fingerprint: bytes
    size: int
    content: bytes | None
    """``None`` if they are the same as the last time."""


@dataclass
class _Known:
    value: Any
    encoded: Encoded


@dataclass
class _TooLarge:
    identity: int
    length: int | None
    until: float
    why: str

    def still(self, value: Any) -> bool:
        """Whether this is still true, as far as that is known at once: a growing value does not
        become smaller."""
        if id(value) != self.identity or time.monotonic() >= self.until:
            return False
        length = _length(value)
        return length is None or self.length is None or length >= self.length


class Encoder:
    """Encodes the values of one tab after each run. Values that cannot have changed are not encoded
    again."""

    def __init__(self, settings: KeepSettings) -> None:
        self._settings = settings
        self._known: dict[str, _Known] = {}
        self._too_large: dict[str, _TooLarge] = {}

    def encode(self, gathered: Gathered, namespace: Namespace, *, all_anew: bool = False) -> dict[str, Encoded]:
        """The attributes of the record. @raises Unkept"""
        found: dict[str, Encoded] = {}
        if all_anew:
            self._known = {}
        for key, value in gathered.keys.items():
            found[KEY + key] = self._own(key, value, namespace)
        for widget_id, widget in gathered.widgets.items():
            found[WIDGET + widget_id] = encoded(self._widget(widget, namespace))
        self._known = {key: known for key, known in self._known.items() if key in gathered.keys}
        self._too_large = {key: large for key, large in self._too_large.items() if key in gathered.keys}
        total = sum(one.size for one in found.values())
        if total > self._settings.max_bytes:
            largest = max(found, key=lambda name: found[name].size)
            raise self._bound(largest, gathered, found[largest].size, total)
        return found

    def _own(self, key: str, value: Any, namespace: Namespace) -> Encoded:
        if type(value) is Pending:
            return encoded(value.content)
        known = self._known.get(key)
        if known is not None and known.value is value:
            return known.encoded
        self._refuse_large(key, value)
        most, begun = self._settings.max_bytes, time.thread_time()
        try:
            content = encode_attribute(
                value,
                namespace,
                owner=f"st.session_state[{key!r}]",
                allow_pickle=self._settings.allow_pickle,
                max_bytes=most,
            )
        except PersistError as error:
            if error.code == "ERR_ATTRIBUTE_TOO_LARGE":
                raise self._noted(key, value, self._size) from None
            raise Unkept(key, type(value), "cannot be stored") from error
        if content[:1] == b"P" and _UPLOAD in content:
            raise Unkept(key, type(value), "holds an upload, and uploads are never stored")
        if time.thread_time() - begun > MAX_SECONDS:
            raise self._noted(key, value, f"takes more than {MAX_SECONDS} s to be encoded after each run")
        made = encoded(content)
        if type(value) in _FIXED and made.size >= WORTH_NOTING:
            self._known[key] = _Known(value, Encoded(made.fingerprint, made.size, None))
        return made

    def _refuse_large(self, key: str, value: Any) -> None:
        """Does not encode values that are known to be too large. @raises Unkept"""
        large = self._too_large.get(key)
        if large is not None and large.still(value):
            raise Unkept(key, type(value), large.why)
        if least_bytes(value, self._settings.max_bytes) > self._settings.max_bytes:
            raise self._noted(key, value, self._size)

    def _widget(self, widget: Widget, namespace: Namespace) -> bytes:
        content: bytes | None = None
        if widget.user_key is not None:
            # The script may read it before it draws the widget. An option of a class of the app's
            # own need not have a form.
            try:
                content = encode_attribute(widget.value, namespace, max_bytes=self._settings.max_bytes)
            except PersistError:
                content = None
        return encode_attribute([widget.user_key, widget.wire, content, widget.base], namespace, max_bytes=2**31)

    @property
    def _size(self) -> str:
        return f"is too large: at most {self._settings.max_bytes} bytes of a tab are kept (--keep-max)"

    def _noted(self, key: str, value: Any, why: str) -> Unkept:
        self._too_large[key] = _TooLarge(id(value), _length(value), time.monotonic() + TRY_AGAIN, why)
        return Unkept(key, type(value), why)

    def _bound(self, name: str, gathered: Gathered, size: int, total: int) -> Unkept:
        kind, _, key = name.partition(":")
        widget = gathered.widgets.get(key) if kind == "widget" else None
        value = widget.value if widget is not None else gathered.keys.get(key)
        why = f"has {size} of the {total} bytes of its tab, and at most {self._settings.max_bytes} are kept (--keep-max)"
        return Unkept(key if widget is None else widget.user_key or key, type(value), why)


def least_bytes(value: Any, enough: int = 1 << 62) -> int:
    """How many bytes a value takes at least, as far as that is known quickly. Stops counting above
    `enough`."""
    if isinstance(value, (str, bytes, bytearray)):
        return len(value)
    if type(value) in (list, tuple, set, frozenset):
        return _least_of_items(value, enough)
    try:
        if hasattr(value, "memory_usage"):
            usage = value.memory_usage(index=True)
            return int(getattr(usage, "sum", lambda: usage)()) // _MIN_SHARE
        if hasattr(value, "estimated_size"):
            return int(value.estimated_size()) // _MIN_SHARE
        if hasattr(value, "nbytes"):
            return int(value.nbytes) // _MIN_SHARE
    except Exception:
        # A class of the app's own with such a name.
        return 0
    return 0


def _least_of_items(items: Any, enough: int) -> int:
    """A comma for each, a character for each key and value, the quotes of keys."""
    total = 2 * len(items)
    for item in items:
        if total > enough:
            break
        if type(item) is dict:
            total += min(5 * len(item), _REFERENCE)
        elif type(item) in (list, tuple):
            total += min(2 * len(item), _REFERENCE)
        elif type(item) is str:
            total += len(item)
    return total


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except Exception:
        return None


def encoded(content: bytes) -> Encoded:
    return Encoded(blake2b(content, digest_size=16).digest(), len(content), content)


_told: set[tuple[str, str, str]] = set()
_telling = threading.Lock()
MAX_TOLD = 1000


def tell(unkept: Unkept) -> None:
    """One line for each key and type in the life of this process."""
    kind = f"{unkept.kind.__module__}.{unkept.kind.__qualname__}".removeprefix("builtins.")
    line = (unkept.key, kind, unkept.why.partition(":")[0].partition(" of the ")[0].rstrip("0123456789"))
    with _telling:
        if line in _told or len(_told) >= MAX_TOLD:
            return
        _told.add(line)
    _LOG.warning(
        'persist-session: st.session_state["%s"], a %s, %s, so tabs with it begin anew after a restart. Either the app makes it itself '
        'if it is missing: call persist_session.forget("%s"). Or name the keys that are kept alone: persist_session.keep("draft", "filters").',
        unkept.key,
        kind,
        unkept.why,
        unkept.key,
    )


def tell_again() -> None:
    """For tests: forgets what has been told."""
    _told.clear()
