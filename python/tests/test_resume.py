"""Resume, in the parts that need no browser: how long sessions are kept, and which run is the first after a reload."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import tempfile
import threading
import time
import unittest
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from persist_session.resume import marks, retention
from persist_session.resume.connect import _same_identity
from persist_session.resume.edits import join
from persist_session.resume.marks import Marks
from persist_session.resume.memory import shortage
from persist_session.resume.purpose import purpose_of
from persist_session.resume.settings import ResumeSettings

MIB = 1 << 20


class Machine:
    """The files in which Linux tells of its memory."""

    def __init__(self, total: int, free: int) -> None:
        # Removed with the machine.
        self._directory = tempfile.TemporaryDirectory(prefix="persist-session-machine-", ignore_cleanup_errors=True)
        self.root = Path(self._directory.name)
        self.write("proc/meminfo", f"MemTotal: {total >> 10} kB\nMemAvailable: {free >> 10} kB\nHugePages_Total: 0\n")
        self.write("proc/self/statm", "9999 5000 100 1 0 100 0\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Session:
    """What a storage keeps; unlike a SimpleNamespace it can be watched."""

    def __init__(self, name: str) -> None:
        self.id = name


class Shortage(unittest.TestCase):
    def test_none_when_there_is_enough(self) -> None:
        machine = Machine(1000 * MIB, 500 * MIB)
        self.assertIsNone(shortage(machine.root))

    def test_none_where_nothing_is_known(self) -> None:
        self.assertIsNone(shortage(Path("/no/such/place")))

    def test_told_when_little_of_the_machine_is_free(self) -> None:
        machine = Machine(1000 * MIB, 99 * MIB)
        self.assertEqual(shortage(machine.root), "99 MiB of 1000 MiB are free")

    def test_told_when_this_process_has_grown_large(self) -> None:
        machine = Machine(25 * MIB, 20 * MIB)
        self.assertEqual(shortage(machine.root), "this process holds 19 MiB of 25 MiB")

    def test_counts_the_limit_of_the_container_and_not_its_file_cache(self) -> None:
        machine = Machine(100_000 * MIB, 90_000 * MIB)
        machine.write("proc/self/cgroup", "0::/app.slice\n")
        group = "sys/fs/cgroup/app.slice"
        machine.write(f"{group}/memory.max", f"{500 * MIB}\n")
        machine.write(f"{group}/memory.current", f"{480 * MIB}\n")
        machine.write(f"{group}/memory.stat", f"anon 1\ninactive_file {100 * MIB}\n")
        self.assertIsNone(shortage(machine.root))
        machine.write(f"{group}/memory.stat", f"anon 1\ninactive_file {10 * MIB}\n")
        self.assertEqual(shortage(machine.root), "30 MiB of 500 MiB are free")

    def test_counts_the_older_form_of_such_a_limit(self) -> None:
        machine = Machine(100_000 * MIB, 90_000 * MIB)
        group = "sys/fs/cgroup/memory"
        machine.write(f"{group}/memory.limit_in_bytes", f"{500 * MIB}\n")
        machine.write(f"{group}/memory.usage_in_bytes", f"{490 * MIB}\n")
        machine.write(f"{group}/memory.stat", "total_inactive_file 0\n")
        self.assertEqual(shortage(machine.root), "10 MiB of 500 MiB are free")


class Retention(unittest.TestCase):
    def setUp(self) -> None:
        from streamlit.runtime.memory_session_storage import MemorySessionStorage

        self.storage = MemorySessionStorage
        self.streamlits = MemorySessionStorage.__init__
        for name in ("__init__", "save"):
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
                deadline = time.monotonic() + 20
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


class Purpose(unittest.TestCase):
    def header(self, claims: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".mac"

    def client(self, value: str) -> Any:
        return SimpleNamespace(client_context=SimpleNamespace(headers=[("X-Persist-Session", value)]))

    def test_read_from_the_handshake_of_newer_and_older_servers(self) -> None:
        value = self.header({"v": 1, "p": "resume"})
        older = SimpleNamespace(request=SimpleNamespace(headers=SimpleNamespace(get_all=lambda: [("X-Persist-Session", value)])))
        self.assertEqual(purpose_of(self.client(value)), "resume")
        self.assertEqual(purpose_of(older), "resume")

    def test_none_for_anything_else(self) -> None:
        for value in ("", ".", "%%%", "bm8", self.header([1]), self.header({"p": 1}), self.header(None)):
            self.assertIsNone(purpose_of(self.client(value)), value)
        self.assertIsNone(purpose_of(SimpleNamespace()))


class Identity(unittest.TestCase):
    def test_a_session_is_not_for_somebody_else_where_streamlit_does_not_look(self) -> None:
        session = SimpleNamespace(_user_info={"email": "ada@example.com"})
        manager = SimpleNamespace(get_session_info=lambda _: SimpleNamespace(session=session))
        self.assertTrue(_same_identity(manager, "one", {"email": "ada@example.com"}))
        self.assertFalse(_same_identity(manager, "one", {"email": "eve@example.com"}))
        self.assertFalse(_same_identity(manager, "one", {}))


class Marking(unittest.TestCase):
    def setUp(self) -> None:
        self.marks = Marks()
        self.session = SimpleNamespace
        found = patch.object(marks, "current_session_id", lambda: "one")
        found.start()
        self.addCleanup(found.stop)

    def test_ends_with_the_run_that_began_after_it(self) -> None:
        self.marks.add("one", self.session)
        # A run of before the reload is still under way on another thread.
        older = threading.Thread(target=self.marks.end)
        older.start()
        older.join()
        self.marks.begin()
        self.assertIsNotNone(self.marks.find())
        self.marks.end()
        self.assertIsNone(self.marks.find())

    def test_gone_when_its_session_is(self) -> None:
        gone = Session("gone")
        self.marks.add("two", gone)
        del gone
        self.marks.add("one", self.session)
        self.assertEqual(list(self.marks._marks), ["one"])


class Joining(unittest.TestCase):
    def test_the_later_edits_go_to_the_rows_that_the_page_showed(self) -> None:
        # Of the rows 0 to 4 row 1 is gone, and one was added: the page shows 0, 2, 3, 4, new.
        first = {"edited_rows": {"0": {"a": 1}, "3": {"a": 3}}, "added_rows": [{"a": 9}], "deleted_rows": [1]}
        second = {
            "edited_rows": {"1": {"a": 20}, "2": {"b": 30}, "4": {"b": 90}},
            "added_rows": [{"a": 10}],
            "deleted_rows": [3],
        }
        self.assertEqual(
            join(first, second, 5),
            {
                "edited_rows": {"0": {"a": 1}, "2": {"a": 20}, "3": {"a": 3, "b": 30}},
                "added_rows": [{"a": 9, "b": 90}, {"a": 10}],
                "deleted_rows": [1, 4],
            },
        )

    def test_rows_that_were_added_and_edited_can_be_deleted(self) -> None:
        first = {"edited_rows": {"0": {"a": 1}}, "added_rows": [{"a": 8}, {"a": 9}], "deleted_rows": []}
        self.assertEqual(
            join(first, {"deleted_rows": [0, 2]}, 2),
            {"edited_rows": {}, "added_rows": [{"a": 9}], "deleted_rows": [0]},
        )

    def test_nothing_more_changes_nothing(self) -> None:
        first = {"edited_rows": {"0": {"a": 1}}, "added_rows": [{"a": 8}], "deleted_rows": [1]}
        self.assertEqual(join(first, {}, 2), first)


if __name__ == "__main__":
    unittest.main()
