"""Where in a JSON text each tag stands: for values that are kept as their own text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .path import Step

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]', re.DOTALL)


def texts_at(text: str, wanted: Iterable[tuple[Step, ...]]) -> dict[tuple[Step, ...], str]:
    """The text of the value at each path. A path has the keys as they are written, `$` and all; of
    a key that comes twice the last one counts. The text must be valid JSON."""
    left = set(wanted)
    found: dict[tuple[Step, ...], str] = {}
    path: list[Step] = []
    # For each open bracket: where it begins, and whether a key comes next (None in a list).
    opened: list[tuple[int, bool]] = []
    key_next = False
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "[{":
            opened.append((token.start(), first == "{"))
            path.append(0 if first == "[" else "")
            key_next = first == "{"
        elif first in "]}":
            start, _ = opened.pop()
            path.pop()
            key_next = False
            here = tuple(path)
            if here in left:
                found[here] = text[start : token.end()]
        elif first == '"':
            if key_next:
                path[-1] = _key(token[0])
        elif first == ":":
            key_next = False
        elif opened[-1][1]:
            key_next = True
        else:
            path[-1] = int(path[-1]) + 1
    return found


def _key(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1]
    import json

    return str(json.loads(literal))
