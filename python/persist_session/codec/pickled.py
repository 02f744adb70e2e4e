"""Format P: pickle, only for classes that ask for it, and only for what has no other form."""

from __future__ import annotations

import io
import pickle
from typing import Any

from .models import is_secret, secret_refused
from .namespace import Namespace
from .text import Malformed, MissingClass
from .unsupported import Unsupported


class _Writer(pickle.Pickler):
    def __init__(self, sink: io.BytesIO, namespace: Namespace) -> None:
        super().__init__(sink, protocol=4)
        self._namespace = namespace
        # Whether it came by a class that the main script has made anew since.
        self.outdated = False

    def persistent_id(self, obj: Any) -> Any:
        if is_secret(obj):
            raise secret_refused(obj)
        # A class of the main script is another object on each run, and cannot be found under
        # __main__ while others run.
        if isinstance(obj, type) and obj.__module__ == self._namespace.module and self._namespace.holds(obj):
            self.outdated = self.outdated or self._namespace.find(obj.__name__) is not obj
            return obj.__name__
        return None


class _Reader(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, namespace: Namespace) -> None:
        super().__init__(source)
        self._namespace = namespace

    def persistent_load(self, pid: Any) -> Any:
        found = self._namespace.find(pid)
        if found is None:
            raise MissingClass("the class", str(pid), self._namespace.module)
        return found


def encode_pickle(value: Any, namespace: Namespace) -> bytes:
    sink = io.BytesIO()
    try:
        _Writer(sink, namespace).dump(value)
    except Unsupported:
        raise
    except Exception as error:
        raise Unsupported(f"cannot be pickled ({error})", "Keep it out with transient=(…,).") from None
    return sink.getvalue()


def names_old_classes(value: Any, namespace: Namespace) -> bool:
    """Whether a value that has no other form holds instances of classes that the main script has
    made anew since."""
    writer = _Writer(io.BytesIO(), namespace)
    try:
        writer.dump(value)
    except Exception:
        return False
    return writer.outdated


def decode_pickle(payload: bytes, namespace: Namespace) -> Any:
    """The caller has made sure that the service found its seal on these bytes."""
    try:
        return _Reader(io.BytesIO(payload), namespace).load()
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"cannot be unpickled ({type(error).__name__})") from error
