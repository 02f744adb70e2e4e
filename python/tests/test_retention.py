"""How long Streamlit sessions are kept for a reload, how many, and which go first."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
import unittest
import weakref
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from persist_session.streamlit.resume import retention
from persist_session.streamlit.resume.settings import ResumeSettings
from persist_session.streamlit.resume.visitors import Visitors

from .waiting import MAX_WAIT


class Session:
    """What a storage keeps; unlike a SimpleNamespace it can be watched."""

    def __init__(self, name: str) -> None:
        self.id = name


class Retention(unittest.TestCase):
    def setUp(self) -> None:
        from streamlit.runtime.memory_session_storage import MemorySessionStorage

        self.storage = MemorySessionStorage
        self.streamlits = MemorySessionStorage.__init__
        for name in ("__init__", "save", "delete"):
            original = getattr(MemorySessionStorage, name)
            self.addCleanup(setattr, MemorySessionStorage, name, original)
        retention.install_retention(ResumeSettings(keep_for=600, keep_max=8))

    def kept(self, storage: Any) -> list[str]:
        return sorted(info.session.id for info in storage.list())

    def fill(self, storage: Any, count: int) -> None:
        for index in range(count):
            storage.save(SimpleNamespace(session=SimpleNamespace(id=f"s{index}")))

    def test_our_limits_count_whatever_streamlit_passes(self) -> None:
        storage = self.storage(maxsize=2, ttl_seconds=1)
        self.fill(storage, 9)
        self.assertEqual(self.kept(storage), [f"s{index}" for index in range(1, 9)])

    def test_a_longer_time_of_streamlits_counts_where_none_was_chosen(self) -> None:
        def kept_for(variable: str, own: int) -> Any:
            self.storage.__init__ = self.streamlits  # type: ignore[method-assign]
            settings = ResumeSettings.from_environment({"PERSIST_SESSION_RESUME": variable})
            assert settings is not None
            retention.install_retention(settings)
            return self.storage(ttl_seconds=own)._cache.ttl

        self.assertEqual(kept_for('{"for": 600, "max": 8, "atLeast": true}', 7200), 7200)
        self.assertEqual(kept_for('{"for": 600, "max": 8, "atLeast": true}', 120), 600)
        self.assertEqual(kept_for('{"for": 600, "max": 8, "atLeast": false}', 7200), 600)
        self.assertEqual(kept_for('{"for": 600, "max": 8}', 7200), 600)

    def test_what_is_over_goes_without_another_visitor(self) -> None:
        async def watch() -> object:
            storage: Any = self.storage()
            storage._cache = type(storage._cache)(maxsize=8, ttl=0.1)
            session = Session("s0")
            known = weakref.ref(session)
            with patch.object(retention, "_INTERVAL", 0.02):
                storage.save(SimpleNamespace(session=session))
                del session
                deadline = time.monotonic() + MAX_WAIT
                while known() is not None and time.monotonic() < deadline:
                    await asyncio.sleep(0.02)
            return known()

        self.assertIsNone(asyncio.run(watch()))

    def test_the_oldest_go_while_memory_is_short(self) -> None:
        answers = iter(["short", "short", None])
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, logging.CRITICAL)

        async def watch() -> list[str]:
            storage: Any = self.storage()
            looked = asyncio.Event()

            def look() -> str | None:
                answer = next(answers)
                if answer is None:
                    looked.set()
                return answer

            with (
                patch.object(retention, "_INTERVAL", 0.01),
                patch.object(retention, "_INTERVAL_SHORT", 0.01),
                patch.object(retention, "shortage", look),
                self.assertLogs("persist_session", "WARNING") as logged,
            ):
                self.fill(storage, 8)
                await asyncio.wait_for(looked.wait(), 20)
                kept = self.kept(storage)
                storage._persist_session_watch.cancel()
            self.assertIn("short, so the oldest 2 sessions", logged.output[0])
            return kept

        # A quarter of 8, then a quarter of 6.
        self.assertEqual(asyncio.run(watch()), [f"s{index}" for index in range(3, 8)])


class Quotas(unittest.TestCase):
    """Who goes when there is no room: sessions are kept in the order in which they are saved."""

    def setUp(self) -> None:
        from streamlit.runtime.memory_session_storage import MemorySessionStorage

        self.storage = MemorySessionStorage
        for name in ("__init__", "save", "delete"):
            self.addCleanup(setattr, MemorySessionStorage, name, getattr(MemorySessionStorage, name))
        self.visitors = Visitors()
        self.saved = 0

    def made(self, keep_max: int) -> Any:
        retention.install_retention(ResumeSettings(keep_for=600, keep_max=keep_max), self.visitors)
        return self.storage()

    def leave(self, storage: Any, session: str | None, address: str = "192.0.2.1", runs: int = 1) -> str:
        """A page of this visitor goes away. Gives the id of its Streamlit session."""
        claims = {"v": 1, "p": "open", "s": session or f"ephemeral-{self.saved}", **({} if session else {"x": True})}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        headers = [("X-Forwarded-For", f"10.0.0.1, {address}"), ("x-persist-session", f"{payload}.mac")]
        app_session = Session(f"s{self.saved}")
        self.visitors.note(app_session, SimpleNamespace(client_context=SimpleNamespace(headers=headers)))
        storage.save(SimpleNamespace(session=app_session, script_run_count=runs))
        self.saved += 1
        return app_session.id

    def kept(self, storage: Any) -> set[str]:
        return {info.session.id for info in storage.list()}

    def test_visitors_without_a_cookie_do_not_push_others_out(self) -> None:
        storage = self.made(500)
        victim = self.leave(storage, "victim")
        for _ in range(520):
            self.leave(storage, None)
        self.assertIn(victim, self.kept(storage))
        self.assertEqual(len(self.kept(storage)), 51)

    def test_visitors_without_a_cookie_go_first(self) -> None:
        storage = self.made(40)
        oldest = self.leave(storage, "oldest")
        cookieless = [self.leave(storage, None) for _ in range(4)]
        for index in range(38):
            self.leave(storage, f"visitor {index}")
        self.assertIn(oldest, self.kept(storage))
        self.assertEqual(self.kept(storage) & set(cookieless), set(cookieless[-1:]))
        self.leave(storage, "one more")
        self.leave(storage, "and one more")
        self.assertNotIn(oldest, self.kept(storage))
        self.assertEqual(len(self.kept(storage)), 40)

    def test_one_address_without_cookies_leaves_room_for_the_others(self) -> None:
        storage = self.made(100)
        other = self.leave(storage, None, "192.0.2.2")
        for _ in range(50):
            self.leave(storage, None, "192.0.2.3")
        self.assertIn(other, self.kept(storage))

    def test_what_never_ran_a_script_is_not_kept(self) -> None:
        storage = self.made(8)
        kept = self.leave(storage, "one")
        for _ in range(20):
            never = self.leave(storage, "two", runs=0)
        self.assertEqual(self.kept(storage), {kept})
        # Streamlit takes it out again when the visitor signs out meanwhile.
        storage.delete(never)

    def test_one_browser_has_twenty_at_most_and_its_oldest_go(self) -> None:
        storage = self.made(500)
        victim = self.leave(storage, "victim")
        own = [self.leave(storage, "greedy") for _ in range(600)]
        self.assertEqual(self.kept(storage), {victim, *own[-20:]})

    def test_one_address_with_many_cookies_pushes_out_its_own_when_all_is_full(self) -> None:
        storage = self.made(40)
        victims = [self.leave(storage, f"victim {index}", f"192.0.2.{index + 10}") for index in range(20)]
        for index in range(200):
            self.leave(storage, f"bot {index}", "192.0.2.3")
        self.assertLessEqual(set(victims), self.kept(storage))
        bots = [self.leave(storage, f"more {index}", f"2001:db8::{index:x}") for index in range(20)]
        # One customer's network counts as one address.
        self.assertEqual(len(self.kept(storage) & set(bots)), 10)

    def test_behind_one_proxy_the_oldest_of_all_goes(self) -> None:
        storage = self.made(8)
        ids = [self.leave(storage, f"visitor {index}") for index in range(20)]
        self.assertEqual(self.kept(storage), set(ids[-8:]))

    def test_one_that_came_back_makes_room(self) -> None:
        storage = self.made(500)
        ids = [self.leave(storage, "one") for _ in range(20)]
        storage.delete(ids[10])
        last = self.leave(storage, "one")
        self.assertEqual(self.kept(storage), {*ids, last} - {ids[10]})

    def test_what_is_over_counts_no_more(self) -> None:
        storage = self.made(500)
        moment = [0.0]
        storage._cache = type(storage._cache)(maxsize=500, ttl=10, timer=lambda: moment[0])
        first = [self.leave(storage, "one") for _ in range(20)]
        moment[0] = 11.0
        second = [self.leave(storage, "one") for _ in range(20)]
        self.assertEqual(self.kept(storage), set(second))
        self.assertNotIn(first[0], self.kept(storage))

    def test_visitors_without_a_cookie_go_first_while_memory_is_short(self) -> None:
        storage = self.made(20)
        kept = [self.leave(storage, f"visitor {index}") for index in range(6)]
        cookieless = [self.leave(storage, None) for _ in range(2)]
        retention._let_go(storage, "short")
        self.assertEqual(self.kept(storage), set(kept))
        retention._let_go(storage, "short")
        self.assertEqual(self.kept(storage), set(kept[1:]))
        self.assertNotIn(cookieless[0], self.kept(storage))


if __name__ == "__main__":
    unittest.main()
