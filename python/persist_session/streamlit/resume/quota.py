"""Decides which sessions are dropped when there is no room: no visitor may displace others by
opening and closing pages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import chain, islice

from .visitors import Visitor

MAX_PER_VISITOR = 20
"""How many sessions without a page are kept for one browser; for one more, the oldest is
dropped."""
COOKIELESS_SHARE = 10
"""Visitors without a cookie share a tenth of the room: each of their connections counts as another
visitor, so anyone can make many."""
ADDRESS_SHARE = 4
"""An address that holds a quarter of its room gives up one of its own for one more."""

_Ids = OrderedDict[str, None]


class Quota:
    """The sessions without a page, by visitor and in their order. Says which must be dropped before
    one more is kept."""

    def __init__(self, keep_max: int, holds: Callable[[str], bool]) -> None:
        """:param holds: whether a session is still kept; some expire by themselves"""
        self._max = keep_max
        self._max_cookieless = max(1, keep_max // COOKIELESS_SHARE)
        self._holds = holds
        self._visitors: OrderedDict[str, Visitor | None] = OrderedDict()
        self._groups: dict[Hashable, _Ids] = {}

    def make_room(self, newcomer: Visitor | None) -> list[str]:
        """The sessions to drop. They count as gone from here on."""
        self._forget_gone()
        gone: list[str] = []

        def let_go(ids: _Ids) -> None:
            session_id = next(iter(ids))
            gone.append(session_id)
            self.remove(session_id)

        if newcomer is not None and newcomer.session is not None:
            own = self._group(("visitor", newcomer.session))
            if len(own) >= MAX_PER_VISITOR:
                let_go(own)
        cookieless = self._group("cookieless")
        if newcomer is not None and newcomer.session is None and len(cookieless) >= self._max_cookieless:
            let_go(self._crowd(newcomer, self._max_cookieless) or cookieless)
        while len(self._visitors) >= self._max:
            all_of_them: _Ids = OrderedDict.fromkeys([next(iter(self._visitors))])
            let_go(self._group("cookieless") or self._crowd(newcomer, self._max) or all_of_them)
        return gone

    def oldest(self, count: int) -> list[str]:
        """How many are dropped while something is short: those of visitors without a cookie
        first."""
        self._forget_gone()
        first = self._group("cookieless")
        return list(islice(chain(first, (key for key in self._visitors if key not in first)), count))

    def add(self, session_id: str, visitor: Visitor | None) -> None:
        """It is kept now, as the newest."""
        self.remove(session_id)
        self._visitors[session_id] = visitor
        for key in _keys(visitor):
            self._groups.setdefault(key, OrderedDict())[session_id] = None

    def remove(self, session_id: str) -> None:
        """It is not kept any more."""
        visitor = self._visitors.pop(session_id, None)
        for key in _keys(visitor):
            ids = self._groups.get(key)
            if ids is not None:
                ids.pop(session_id, None)
                if not ids:
                    del self._groups[key]

    def _group(self, key: Hashable) -> _Ids:
        return self._groups.get(key) or OrderedDict()

    def _crowd(self, newcomer: Visitor | None, room: int) -> _Ids | None:
        """Those of the newcomer's own address, of the same kind, if they are many already."""
        if newcomer is None:
            return None
        ids = self._group(("address", newcomer.address, newcomer.session is None))
        return ids if len(ids) >= max(1, room // ADDRESS_SHARE) else None

    def _forget_gone(self) -> None:
        # Times run out in the order in which sessions came.
        while self._visitors and not self._holds(oldest := next(iter(self._visitors))):
            self.remove(oldest)


def _keys(visitor: Visitor | None) -> list[Hashable]:
    if visitor is None:
        return []
    address = ("address", visitor.address, visitor.session is None)
    return [address, "cookieless" if visitor.session is None else ("visitor", visitor.session)]
