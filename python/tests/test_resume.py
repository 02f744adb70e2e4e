"""Resume, in the parts that need no browser: why a page connects, for whom, and which run is the first after a reload."""

from __future__ import annotations

import base64
import json
import threading
import unittest
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from persist_session.streamlit.resume import marks
from persist_session.streamlit.resume.connect import _same_identity
from persist_session.streamlit.resume.edits import join
from persist_session.streamlit.resume.marks import Marks
from persist_session.streamlit.resume.purpose import purpose_of


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
    def test_a_session_is_not_for_another_person_where_streamlit_does_not_check(self) -> None:
        session = SimpleNamespace(_user_info={"email": "ada@example.com"})
        manager = SimpleNamespace(get_session_info=lambda _: SimpleNamespace(session=session))
        self.assertTrue(_same_identity(manager, "one", {"email": "ada@example.com"}))
        self.assertFalse(_same_identity(manager, "one", {"email": "eve@example.com"}))
        self.assertFalse(_same_identity(manager, "one", {}))


class Gone:
    """A session that can be watched, unlike a SimpleNamespace."""


class Marking(unittest.TestCase):
    def setUp(self) -> None:
        self.marks = Marks()
        self.session = SimpleNamespace
        found = patch.object(marks, "current_session_id", lambda: "one")
        found.start()
        self.addCleanup(found.stop)

    def test_ends_with_the_run_that_began_after_it(self) -> None:
        self.marks.add("one", self.session)
        # A run from before the reload is still under way on another thread.
        older = threading.Thread(target=self.marks.end)
        older.start()
        older.join()
        self.marks.begin()
        self.assertIsNotNone(self.marks.find())
        self.marks.end()
        self.assertIsNone(self.marks.find())

    def test_gone_when_its_session_is(self) -> None:
        gone = Gone()
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
