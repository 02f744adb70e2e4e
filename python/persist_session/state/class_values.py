"""Values on a persisted class itself, which all its instances see."""

from __future__ import annotations

import copy
import inspect
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any, ClassVar, get_origin

from .registration import FUNCTIONS
from .slot import ATOMIC

MUTABLE = frozenset((list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict))
_FIXED = ATOMIC | frozenset(FUNCTIONS) | {type, types.ModuleType}


def is_fixed(value: Any) -> bool:
    """The quick check: methods, constants, classes."""
    return type(value) in _FIXED or isinstance(value, type)


def on_class(cls: type, name: str, value: Any) -> bool:
    """Whether this very value stands on the class, shared by every instance. Not the result of a
    property, and not a value that ClassVar declares as the class's own (except plain lists and the
    like, for which linters require ClassVar)."""
    for base in cls.__mro__:
        content = vars(base)
        if name in content:
            if content[name] is not value or hasattr(type(value), "__get__"):
                return False
            return type(value) in MUTABLE or not _is_class_variable(base, name)
    return False


def own_copy(value: Any, encode: Callable[[Any], bytes]) -> tuple[Any, bytes | None]:
    """A copy for one state, and its bytes if it has any; the value itself if it can only be the
    class's: a lock, a logger, a client, and what never changes. A list is never shared by all
    states."""
    try:
        own = copy.deepcopy(value)
    except Exception:
        return (copy.copy(value) if type(value) in MUTABLE else value), None
    try:
        return own, encode(own)
    except Exception:
        return (own if type(value) in MUTABLE else value), None


def _is_class_variable(base: type, name: str) -> bool:
    try:
        annotation = inspect.get_annotations(base).get(name)
    except Exception:
        # Python 3.14 evaluates annotations only now, and may meet names that exist for type
        # checkers alone.
        return False
    if isinstance(annotation, str):
        return annotation.partition("[")[0].rpartition(".")[2].strip() == "ClassVar"
    return annotation is ClassVar or get_origin(annotation) is ClassVar
