"""The quick look for values that are JSON already."""

from __future__ import annotations

from typing import Any

_SCALARS = frozenset((str, int, float, bool, type(None)))
_CONTAINERS = frozenset((list, dict))
_STR = frozenset((str,))


def is_plain(value: Any) -> bool:
    """Whether it holds nothing but lists, dicts with str as keys and scalars, each container once. Numbers and the
    content of strings are not looked at: their text is."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind not in _CONTAINERS:
        return False
    seen = {id(value)}
    waiting: list[Any] = [value]
    while waiting:
        container = waiting.pop()
        if type(container) is dict:
            if not _STR.issuperset(map(type, container)):
                return False
            items = list(container.values())
        else:
            items = container
        if _SCALARS.issuperset(map(type, items)):
            continue
        for item in items:
            kind = type(item)
            if kind in _SCALARS:
                continue
            if kind not in _CONTAINERS:
                return False
            if id(item) in seen:
                return False
            seen.add(id(item))
            waiting.append(item)
    return True
