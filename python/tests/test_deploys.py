"""New code on old state, and old code on new; `update`; owners; live pages."""

from __future__ import annotations

import textwrap
import threading
import unittest
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from persist_session.testing import test_session

from .apps import HEAD, broken, click, error, fine, page, runs_at_once, text

FIRST = """
@persist("app-state")
class AppState:
    def __init__(self):
        self.count = 0
        self.old = "kept"
state = AppState()
if st.button("add"):
    state.count += 1
"""


class Deploys(unittest.TestCase):
    def test_a_new_attribute_starts_with_its_default_and_an_old_one_is_left_as_it_is(self) -> None:
        newer = FIRST.replace('self.old = "kept"', "self.added = ['new']") + "st.write(f'{state.count} {state.added}')\n"
        with test_session() as browser:
            old = click(page(FIRST), "add")
            at = page(newer)
            self.assertEqual(text(at), "1 ['new']")
            self.assertNotIn("added", browser.stored("app-state") or {})
            click(at, "add")
            self.assertEqual(browser.stored("app-state"), {"count": 2, "old": "kept", "added": ["new"]})
            click(old, "add")
            self.assertEqual(browser.stored("app-state"), {"count": 3, "old": "kept", "added": ["new"]})

    def test_the_object_gets_a_new_default_when_the_script_is_changed_while_the_page_is_open(self) -> None:
        with test_session():
            at = click(page(FIRST), "add")
            at._script_path = page(FIRST.replace('"kept"', '"kept"; self.added = 7') + "st.write(str(state.added))\n")._script_path
            self.assertEqual(text(fine(at.run())), "7")

    MIGRATED = """
    def migrate(old, version):
        st.session_state.migrated = st.session_state.get("migrated", 0) + 1
        assert version == 1
        return {"total": old["count"] * 100, "old": old["old"]}
    @persist("app-state", version=2, migrate=migrate)
    class AppState:
        def __init__(self):
            self.total = 0
            self.old = ""
    state = AppState()
    st.write(f"{state.total} {state.old} {st.session_state.get('migrated', 0)}")
    """

    def test_migrate_runs_once_for_a_record(self) -> None:
        with test_session() as browser:
            click(page(FIRST), "add")
            self.assertEqual(text(page(self.MIGRATED)), "100 kept 1")
            self.assertEqual(text(page(self.MIGRATED)), "100 kept 0")
            self.assertEqual(browser.stored("app-state"), {"total": 100, "old": "kept"})
            self.assertIn("ERR_SCHEMA_NEWER", broken(FIRST))

    def test_a_migrate_that_is_missing_or_fails_leaves_the_record_as_it_was(self) -> None:
        with test_session() as browser:
            click(page(FIRST), "add")
            self.assertIn("ERR_MIGRATE_REQUIRED", broken(FIRST.replace('"app-state"', '"app-state", version=2')))
            failing = self.MIGRATED.replace("assert version == 1", "raise ValueError('no')")
            self.assertIn("ERR_MIGRATE_FAILED", broken(failing))
            self.assertEqual(browser.stored("app-state"), {"count": 1, "old": "kept"})

    ITEMS = """
    from dataclasses import dataclass
    @dataclass
    class It:
        name: str = "a"
    @persist("app-state")
    class AppState:
        def __init__(self):
            self.count = 1
            self.items = [It()]
    state = AppState()
    state.count = 2
    """

    def test_a_class_that_was_renamed_is_named_and_keeping_its_old_name_helps(self) -> None:
        plain = self.ITEMS.replace("class It:", "class Item:").replace("It()", "Item()") + "st.write(repr(state.items))\n"
        migrated = plain.replace('"app-state"', '"app-state", version=2, migrate=lambda old, version: old')
        for newer in (plain, migrated):
            with self.subTest(newer), test_session() as browser:
                page(self.ITEMS)
                record = browser.service.records[(f"b:{browser.session}", "app-state")]
                before = dict(record.cells)
                shown = broken(newer)
                self.assertIn("AppState.items needs the dataclass It", shown)
                self.assertIn("It = NewName", shown)
                self.assertIn("[0]", shown)
                self.assertIn("ERR_DECODE", shown)
                self.assertEqual(record.cells, before)
                self.assertIn("Item(name='a')", text(page(newer.replace("@persist", "It = Item\n    @persist"))))

    def test_what_migrate_made_and_cannot_be_stored_is_named(self) -> None:
        with test_session() as browser:
            click(page(FIRST), "add")
            shown = broken(self.MIGRATED.replace('"old": old["old"]', '"old": [object()]'))
            self.assertIn("ERR_MIGRATE_FAILED", shown)
            self.assertIn("AppState.old[0] is of the class object", shown)
            self.assertNotIn("must return a dict", shown)
            self.assertIn("must return a dict", broken(self.MIGRATED.replace("return {", "return 5, {")))
            self.assertEqual(browser.stored("app-state"), {"count": 1, "old": "kept"})

    def test_the_write_of_a_migration_says_how_long_the_state_is_kept(self) -> None:
        with test_session() as browser:
            click(page(FIRST), "add")
            original: Any = browser.service._write
            asked: list[Any] = []

            def write(header: Any, *rest: Any) -> Any:
                asked.append(header.get("ttl"))
                return original(header, *rest)

            with patch.object(browser.service, "_write", write):
                page(self.MIGRATED.replace("version=2", 'version=2, ttl="2h"'))
            self.assertEqual(asked, [7200])

    def test_bytes_that_do_not_decode_are_an_error_when_they_are_read_and_are_never_overwritten(self) -> None:
        with test_session() as browser:
            at = click(page(FIRST), "add")
            record = browser.service.records[(f"b:{browser.session}", "app-state")]
            record.version += 1
            record.cells["old"] = (record.version, b"Jnonsense")
            shown = broken(FIRST + "state.old\n")
            self.assertIn("AppState.old is not JSON", shown)
            click(page(FIRST), "add")
            self.assertEqual(record.cells["old"][1], b"Jnonsense")
            fine(AppTest.from_string(HEAD + FIRST + "state.old = 'new'\n").run())
            self.assertEqual((browser.stored("app-state") or {})["old"], "new")
            fine(at.run())


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


class Owners(unittest.TestCase):
    SCRIPT = """
    @persist("mine", owner="OWNER")
    class Mine:
        def __init__(self):
            self.count = 0
    state = Mine()
    if st.button("add"):
        state.count += 1
    st.write(str(state.count))
    """

    def test_a_tabs_state_is_its_own(self) -> None:
        with test_session():
            one, two = page(self.SCRIPT.replace("OWNER", "tab")), page(self.SCRIPT.replace("OWNER", "tab"))
            click(one, "add")
            self.assertEqual(text(fine(two.run())), "0")
            self.assertEqual(text(fine(one.run())), "1")

    def test_a_users_state_follows_the_user_and_nobody_else_sees_it(self) -> None:
        script = HEAD + textwrap.dedent(self.SCRIPT.replace("OWNER", "user"))

        def visit(subject: str | None, clicks: int = 0) -> AppTest:
            info = {"is_logged_in": True, "iss": "https://id", "sub": subject} if subject else {"is_logged_in": False}
            with patch("persist_session.session.access.signed_in_user", lambda context: signed_in(info)):
                at = AppTest.from_string(script).run()
                for _ in range(clicks):
                    at.button[0].click().run()
                return at

        def signed_in(info: dict[str, Any]) -> Any:
            from persist_session.session.context import signed_in_user

            return signed_in_user(type("Context", (), {"user_info": info}))

        with test_session() as browser:
            self.assertEqual(text(visit("anna", 2)), "2")
            self.assertEqual(text(visit("bert")), "0")
            self.assertIn("ERR_NO_USER", error(visit(None)))
            with browser.other():
                self.assertEqual(text(visit("anna")), "2")


class Live(unittest.TestCase):
    def test_another_tabs_change_runs_the_page_again(self) -> None:
        script = """
        @persist("live", live=True)
        class Live:
            def __init__(self):
                self.count = 0
        state = Live()
        if st.button("add"):
            state.count += 1
        st.write(str(state.count))
        """
        asked: list[str] = []
        told = threading.Event()

        def rerun(streamlit_id: str) -> None:
            asked.append(streamlit_id)
            told.set()

        with runs_at_once(), patch("persist_session.streamlit.runs.request_rerun", rerun), test_session():
            one, two = page(script), page(script)
            self.assertEqual(asked, [])
            click(one, "add")
            self.assertTrue(told.wait(10))
            self.assertEqual(text(fine(two.run())), "1")
            count = len(asked)
            fine(one.run())
            self.assertEqual(len(asked), count)

    def test_the_end_of_the_session_runs_the_page_again_only_if_it_is_live(self) -> None:
        script = """
        @persist("live", live=LIVE)
        class Live:
            def __init__(self):
                self.count = 0
        state = Live()
        if st.button("add"):
            state.count += 1
        if st.button("end"):
            end_session()
        st.write(str(state.count))
        """
        for live in (True, False):
            asked: list[str] = []
            told = threading.Event()

            def rerun(streamlit_id: str, asked: list[str] = asked, told: threading.Event = told) -> None:
                asked.append(streamlit_id)
                told.set()

            with runs_at_once(), test_session():
                one, two = (page(script.replace("LIVE", str(live))) for _ in range(2))
                click(one, "add")
                fine(two.run())
                with patch("persist_session.streamlit.runs.request_rerun", rerun):
                    click(one, "end")
                    self.assertEqual(told.wait(10 if live else 0), live)


if __name__ == "__main__":
    unittest.main()
