"""`update`: on what it works, what its function may touch, and whose updates wait for whom."""

from __future__ import annotations

import textwrap
import threading
import unittest
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from persist_session.session import exact_update as updating
from persist_session.testing import test_session

from .apps import HEAD, click, error, fine, page, runs_at_once, text
from .waiting import MAX_WAIT

UPDATING = """
import threading
@persist("exact")
class Exact:
    def __init__(self):
        self.count = 0
        self.log = []
state = Exact()
def add(draft):
    assert draft is not state and type(draft) is Exact
    draft.count += 1
    draft.log.append(draft.count)
    return draft
if st.button("add"):
    state.log.append("before")
    kept = update(state, add)
    try:
        kept.count
    except PersistError as error:
        st.write(error.code)
if st.button("fail"):
    try:
        update(state, lambda draft: (setattr(draft, "count", 99), 1 / 0))
    except ZeroDivisionError:
        st.write("failed")
if st.button("nest"):
    try:
        update(state, lambda draft: update(state, add))
    except PersistError as error:
        st.write(error.code)
st.write(f"{state.count} {state.log}")
"""


class Updates(unittest.TestCase):
    def test_update_works_on_what_is_stored_and_the_state_shows_the_result(self) -> None:
        with test_session() as browser:
            at = click(page(UPDATING), "add")
            self.assertEqual(text(at), "ERR_SCOPE_ENDED\n1 ['before', 1]")
            self.assertEqual(browser.stored("exact"), {"count": 1, "log": ["before", 1]})
            self.assertEqual(text(click(at, "fail")), "failed\n1 ['before', 1]")
            self.assertEqual(text(click(at, "nest")), "ERR_NESTED_UPDATE\n1 ['before', 1]")

    def test_a_conflict_runs_it_again_on_what_is_there_then(self) -> None:
        with test_session() as browser:
            at = click(page(UPDATING), "add")
            record = browser.service.records[(f"b:{browser.session}", "exact")]
            original: Any = browser.service._write
            others: list[int] = []

            def write(header: Any, *rest: Any) -> Any:
                if "base" in header and len(others) < 3:
                    others.append(1)
                    record.version += 1
                    record.cells["count"] = (record.version, b"J%d" % (10 * len(others)))
                return original(header, *rest)

            with patch.object(browser.service, "_write", write):
                self.assertIn("31 ['before', 1, 'before', 31]", text(click(at, "add")))

    def test_a_conflict_each_time_is_an_error_after_a_while(self) -> None:
        with test_session() as browser:
            at = click(page(UPDATING), "add")
            record = browser.service.records[(f"b:{browser.session}", "exact")]
            original: Any = browser.service._write

            def write(header: Any, *rest: Any) -> Any:
                record.version += 1
                return original(header, *rest)

            with patch.object(browser.service, "_write", write), patch("persist_session.session.exact_update.TIMEOUT", 0.2):
                at.button[0].click().run()
            self.assertIn("ERR_CONFLICT", error(at))


OUTER = """
@persist("exact")
class Exact:
    def __init__(self):
        self.n = 0
        self.rows = []
state = Exact()
calls = []
def refused(change):
    def fn(draft):
        calls.append(1)
        draft.n += 1
        change()
    try:
        update(state, fn)
        st.write("done")
    except PersistError as error:
        st.write(f"{error.code} {len(calls)}")
        st.write(error.message)
if st.button("assign"):
    refused(lambda: setattr(state, "n", state.n + 1))
if st.button("delete"):
    refused(lambda: delattr(state, "rows"))
if st.button("clear"):
    refused(state.clear_cookie_state)
if st.button("other"):
    @persist("other")
    class Other:
        n = 0
    other = Other()
    refused(lambda: setattr(other, "n", 5))
if st.button("read"):
    update(state, lambda draft: setattr(draft, "n", state.n + 10))
if st.button("after"):
    update(state, lambda draft: None)
    state.n = 50
"""


class Outer(unittest.TestCase):
    def test_assigning_to_the_state_inside_its_own_update_is_refused_at_once_and_nothing_is_written(self) -> None:
        for label in ("assign", "delete"):
            with self.subTest(label), test_session() as browser:
                shown = text(click(page(OUTER), label))
                self.assertIn("ERR_NESTED_UPDATE 1", shown)
                self.assertIn("Change the instance that the function was given", shown)
                self.assertIsNone(browser.stored("exact"))

    def test_clearing_the_state_inside_its_own_update_is_refused_at_once(self) -> None:
        with test_session() as browser:
            at = click(page(OUTER), "read")
            self.assertIn("ERR_NESTED_UPDATE 1", text(click(at, "clear")))
            self.assertEqual((browser.stored("exact") or {})["n"], 10)

    def test_reading_it_and_assigning_to_another_state_are_fine(self) -> None:
        with test_session() as browser:
            at = click(page(OUTER), "read")
            self.assertEqual(text(click(at, "other")), "done")
            self.assertEqual(browser.stored("other"), {"n": 5})
            click(at, "after")
            self.assertEqual((browser.stored("exact") or {})["n"], 50)


class _NoticedLock:
    """Says when a caller has to wait."""

    def __init__(self, waits: threading.Event) -> None:
        self._lock = threading.Lock()
        self._waits = waits
        self.release = self._lock.release

    def acquire(self, timeout: float) -> bool:
        if self._lock.acquire(blocking=False):
            return True
        self._waits.set()
        return self._lock.acquire(timeout=timeout)


class Turns(unittest.TestCase):
    def test_updates_from_two_tabs_of_one_browser_queue(self) -> None:
        script = """
        @persist("queued")
        class Queued:
            def __init__(self):
                self.n = 0
        state = Queued()
        if st.button("add"):
            def add(draft):
                draft.n += 1
                st.session_state.inside()
            update(state, add)
        st.write(str(state.n))
        """
        first, arrived = threading.Event(), threading.Event()
        calls: list[int] = []

        def inside_first() -> None:
            calls.append(1)
            first.set()
            # Until the other one waits for its turn; or, without a queue, until it is in here too.
            self.assertTrue(arrived.wait(MAX_WAIT))

        def inside_second() -> None:
            calls.append(2)
            arrived.set()

        class Turn:
            def __init__(self) -> None:
                self.lock = _NoticedLock(arrived)

        with runs_at_once(), patch.object(updating, "_Turn", Turn), test_session() as browser:
            one, two = page(script), page(script)
            one.session_state["inside"] = inside_first
            two.session_state["inside"] = inside_second
            waiting = threading.Thread(target=lambda: click(one, "add"))
            waiting.start()
            self.assertTrue(first.wait(MAX_WAIT))
            click(two, "add")
            waiting.join(MAX_WAIT)
            self.assertFalse(waiting.is_alive())
            self.assertEqual(browser.stored("queued"), {"n": 2})
        self.assertEqual(calls, [1, 2])

    def test_a_turn_is_of_the_browser_the_user_or_the_tab_as_the_record_is(self) -> None:
        script = textwrap.dedent(
            """
            from persist_session.session.running_updates import record_of
            from persist_session.session.current import state_behind
            for owner in ("browser", "user", "tab"):
                cls = type("Kept", (), {"__init__": lambda self: None})
                live = state_behind(persist(owner, owner=owner)(cls)())
                st.session_state[owner] = record_of(live.holder, live)
            """
        )

        def records(subject: str) -> dict[str, Any]:
            with patch("persist_session.session.access.signed_in_user", lambda context: {"subject": subject}):
                at = fine(AppTest.from_string(HEAD + script).run())
                return {owner: at.session_state[owner] for owner in ("browser", "user", "tab")}

        with test_session() as browser:
            anna, bert, again = records("anna"), records("bert"), records("anna")
            with browser.other():
                elsewhere = records("anna")
        self.assertEqual(anna["browser"], bert["browser"])
        self.assertNotEqual(anna["browser"], elsewhere["browser"])
        self.assertEqual(anna["user"], again["user"])
        self.assertEqual(anna["user"], elsewhere["user"])
        self.assertNotEqual(anna["user"], bert["user"])
        self.assertNotEqual(anna["tab"], again["tab"])


if __name__ == "__main__":
    unittest.main()
