"""The quick way for long lists of values of one kind, such as the rows of a table: column by
column, at the speed of C.

Gives the very text that the general way gives, or None if a closer look is needed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import chain, islice
from json.encoder import encode_basestring
from typing import Any

from .text import SAFE_INTEGER, to_utf8

# Shorter lists gain nothing.
MIN_ITEMS = 16
MAX_LEVELS = 20

# One piece of the text of each value: the same for all, or one for each.
Piece = str | list[str]


class _Closer(Exception):
    """A closer look is needed."""


def rows_bytes(value: Any) -> bytes | None:
    """The same in UTF-8."""
    text = rows_text(value)
    try:
        return None if text is None else to_utf8(text)
    except ValueError:
        # A surrogate pair: the general way says where it is.
        return None


def rows_text(value: Any) -> str | None:
    if type(value) is not list or len(value) < MIN_ITEMS:
        return None
    try:
        walk = _Walk(value)
        pieces = walk.pieces(value, _HELD_ONCE, 0)
        walk.check_shared()
    except _Closer:
        return None
    return "[" + _joined([*pieces, ","], len(value))[:-1] + "]"


def _held_once() -> int | None:
    """What `getrefcount` says about an object that one list holds and nothing else; None if it says
    nothing."""
    count: Callable[[Any], int] | None = getattr(sys, "getrefcount", None)
    return None if count is None else next(map(count, [[]]))


_HELD_ONCE = _held_once()


class _Walk:
    def __init__(self, root: list[Any]) -> None:
        # Containers that something else holds too, perhaps another place of this attribute.
        self._ids = {id(root)}
        self._count = 1

    def check_shared(self) -> None:
        if len(self._ids) != self._count:
            raise _Closer

    def pieces(self, column: list[Any], held_once: int | None, level: int) -> list[Piece]:
        """@param held_once: the reference count of an item that stands nowhere else"""
        kinds = set(map(type, column))
        if len(kinds) == 1:
            (kind,) = kinds
            scalar = _COLUMNS.get(kind)
            if scalar is not None:
                return scalar(column)
            if (kind is dict or kind is list) and level < MAX_LEVELS:
                self._note(column, held_once)
                return self._dicts(column, level) if kind is dict else self._lists(column, level)
        elif kinds <= _SCALARS.keys():
            return [[_SCALARS[type(item)](item) for item in column]]
        raise _Closer

    def _note(self, column: list[Any], held_once: int | None) -> None:
        if held_once is not None and set(map(sys.getrefcount, column)) == {held_once}:
            return
        self._ids.update(map(id, column))
        self._count += len(column)

    def _dicts(self, column: list[dict[Any, Any]], level: int) -> list[Piece]:
        """Dictionaries with the same keys in the same order."""
        count = len(column)
        keys = list(column[0])
        all_keys = list(chain.from_iterable(column))
        if len(all_keys) != count * len(keys) or all_keys != keys * count or set(map(type, all_keys)) - {str}:
            raise _Closer
        if not keys:
            return ["{}"]
        result: list[Piece] = []
        for key in keys:
            if key[:1] == "$":
                raise _Closer
            result.append(("," if result else "{") + encode_basestring(key) + ":")
            result += self.pieces([item[key] for item in column], _one_more(_HELD_ONCE), level + 1)
        result.append("}")
        return result

    def _lists(self, column: list[list[Any]], level: int) -> list[Piece]:
        lengths = list(map(len, column))
        items = list(chain.from_iterable(column))
        if len(items) != sum(lengths):
            raise _Closer
        if not items:
            return ["[]"]
        pieces = self.pieces(items, _one_more(_HELD_ONCE), level + 1)
        length = lengths[0]
        if lengths.count(length) == len(lengths):
            result: list[Piece] = []
            for at in range(length):
                result.append("," if result else "[")
                result += [piece if type(piece) is str else piece[at::length] for piece in pieces]
            return [*result, "]"]
        texts = iter(_texts(pieces, len(items)))
        return ["[", [",".join(islice(texts, each)) for each in lengths], "]"]


def _one_more(count: int | None) -> int | None:
    """The column that was taken out holds its items too."""
    return None if count is None else count + 1


def _strings(column: list[str]) -> list[Piece]:
    joined = "".join(column)
    if len(encode_basestring(joined)) == len(joined) + 2:
        # None of them has anything to be escaped.
        return ['"', column, '"']
    return [list(map(encode_basestring, column))]


def _integers(column: list[int]) -> list[Piece]:
    if not -SAFE_INTEGER <= min(column) <= max(column) <= SAFE_INTEGER:
        raise _Closer
    return [list(map(int.__repr__, column))]


def _floats(column: list[float]) -> list[Piece]:
    # A sum is finite only if all are.
    if not math.isfinite(sum(column)):
        raise _Closer
    texts = list(map(float.__repr__, column))
    if "-0.0" in texts:
        raise _Closer
    return [texts]


def _integer(value: int) -> str:
    if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
        raise _Closer
    return int.__repr__(value)


def _float(value: float) -> str:
    text = float.__repr__(value)
    if text == "-0.0" or not math.isfinite(value):
        raise _Closer
    return text


def _truth(value: bool) -> str:
    return "true" if value else "false"


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: _integer,
    float: _float,
    bool: _truth,
    type(None): lambda _: "null",
}

_COLUMNS: dict[type, Callable[[list[Any]], list[Piece]]] = {
    str: _strings,
    int: _integers,
    float: _floats,
    bool: lambda column: [list(map(_truth, column))],
    type(None): lambda _: ["null"],
}


def _joined(pieces: list[Piece], count: int) -> str:
    """The pieces of all values, one value after the other."""
    merged: list[Piece] = []
    for piece in pieces:
        before = merged[-1] if merged else None
        if type(piece) is str and type(before) is str:
            merged[-1] = before + piece
        else:
            merged.append(piece)
    width = len(merged)
    result = [piece if type(piece) is str else "" for piece in merged] * count
    for at, piece in enumerate(merged):
        if type(piece) is list:
            result[at::width] = piece
    return "".join(result)


def _texts(pieces: list[Piece], count: int) -> list[str]:
    """The text of each value."""
    if len(pieces) == 1 and type(pieces[0]) is list:
        return pieces[0]
    columns = [[piece] * count if type(piece) is str else piece for piece in pieces]
    return list(map("".join, zip(*columns, strict=True)))
