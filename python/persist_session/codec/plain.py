"""The quick look for values that are JSON already."""

from __future__ import annotations

from typing import Any

from .text import MAX_DEPTH, SAFE_INTEGER

_SCALARS = frozenset((str, float, bool, type(None)))
_CONTAINERS = frozenset((list, dict))
_STR = frozenset((str,))


def is_plain(value: Any) -> bool:
    """Whether it holds nothing but lists, dicts with str as keys and scalars, each container once
    and no deeper than may be, and no integer beyond the safe ones. Floats and the content of
    strings are not looked at: their text is."""
    level = [value]
    seen: set[int] = set()
    count = 0
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return False
        containers = []
        for item in level:
            kind = type(item)
            if kind is int:
                if not -SAFE_INTEGER <= item <= SAFE_INTEGER:
                    return False
            elif kind in _CONTAINERS:
                containers.append(item)
            elif kind not in _SCALARS:
                return False
        count += len(containers)
        seen.update(map(id, containers))
        if len(seen) != count:
            # The same one twice, or inside itself.
            return False
        level = []
        for container in containers:
            if type(container) is dict:
                if not _STR.issuperset(map(type, container)):
                    return False
                level.extend(container.values())
            else:
                level.extend(container)
    return True
