"""New code on old state, and old code on new."""

from __future__ import annotations

import unittest
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from persist_session.testing import test_session

from .apps import HEAD, broken, click, fine, page, text

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

    def test_an_attribute_that_a_migration_left_out_begins_with_the_default_if_a_later_release_declares_it(self) -> None:
        head = """
        seen = st.session_state.setdefault("seen", [])
        def migrate(old, version):
            seen.append(sorted(old))
            return {"count": old["count"]}
        """
        second = head + """
        @persist("app-state", version=2, migrate=migrate)
        class AppState:
            def __init__(self):
                self.count = 0
        state = AppState()
        st.write(f"{hasattr(state, 'old')} {seen}")
        """
        third = second.replace("version=2", "version=3")
        again = third.replace("self.count = 0", "self.count = 0; self.old = 'new'").replace("{hasattr(state, 'old')}", "{state.old}")
        with test_session() as browser:
            click(page(FIRST), "add")
            self.assertEqual(text(page(second)), "False [['count', 'old']]")
            self.assertEqual(browser.stored("app-state"), {"count": 1})
            self.assertEqual(text(page(third)), "False [['count']]")
            self.assertEqual(text(page(again)), "new []")

    def test_a_late_write_of_older_code_leaves_the_version_that_a_newer_release_has_migrated_to(self) -> None:
        with test_session() as browser:
            late = page(FIRST.replace('"kept"', '"kept"; self.added = 7'))
            click(page(FIRST), "add")
            page(self.MIGRATED)
            late.button[0].click().run()
            self.assertEqual(browser.service.records[(f"b:{browser.session}", "app-state")].schema, 2)
            self.assertNotIn("added", browser.stored("app-state") or {})

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


if __name__ == "__main__":
    unittest.main()
