"""What apps that were written for the package streamlit-persist-session pass to `persist`, and that package beside ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from persist_session import PersistError, persist
from persist_session.state.registration import forget_keys
from persist_session.testing import test_session

from .apps import click, fine, page, text

SECURE = """
import threading
@persist(
    cookie_key="secure-state",
    ttl=3600,
    exclude_fields=["api_token", "session"],
    secret_key="correct horse battery staple",
)
class Secure:
    def __init__(self):
        self.count = 0
        self.api_token = "token of the class"
        self._ephemeral_cache = {}

state = Secure()
if st.button("add"):
    state.count += 1
    state.api_token = "token of the visitor"
    state.session = threading.Lock()
    state._ephemeral_cache["lock"] = threading.Lock()
    state._ephemeral_more = 1
if st.button("clear"):
    state.clear_cookie_state()
    st.rerun()
st.write(f"{state.count} {state.api_token} {len(state._ephemeral_cache)} {hasattr(state, '_ephemeral_more')}")
"""


class Arguments(unittest.TestCase):
    def test_excluded_and_ephemeral_attributes_stay_in_memory_and_the_others_are_kept(self) -> None:
        with test_session() as browser:
            at = click(page(SECURE), "add")
            self.assertEqual(text(at), "1 token of the visitor 1 True")
            self.assertEqual(browser.stored("secure-state"), {"count": 1})
            self.assertEqual(text(fine(at.run())), "1 token of the visitor 1 True")
            self.assertEqual(text(page(SECURE)), "1 token of the class 0 False")
            self.assertEqual(text(click(at, "clear")), "0 token of the class 0 False")

    def test_what_an_older_release_stored_under_such_a_name_is_not_given_back_and_goes_with_the_next_write(self) -> None:
        before = """
        @persist("secure-state")
        class Secure:
            def __init__(self):
                self.count = 0
                self.api_token = "old"
        state = Secure()
        state.count = 4
        """
        with test_session() as browser:
            page(before)
            self.assertEqual(browser.stored("secure-state"), {"count": 4, "api_token": "old"})
            at = page(SECURE)
            self.assertEqual(text(at), "4 token of the class 0 False")
            writes = browser.service.requests.count("write")
            fine(at.run())
            self.assertEqual(browser.service.requests.count("write"), writes)
            click(at, "add")
            self.assertEqual(browser.stored("secure-state"), {"count": 5})
            self.assertEqual(text(page(SECURE)), "5 token of the class 0 False")

    def test_update_and_migrate_store_no_such_attribute_either(self) -> None:
        old = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.count = 0
        state = AppState()
        state.count = 3
        """
        new = """
        @persist("app-state", version=2, migrate=lambda old, version: {**old, "_ephemeral_x": 1, "hidden": 2}, exclude_fields=("hidden",))
        class AppState:
            def __init__(self):
                self.count = 0
                self.hidden = 0
        state = AppState()
        def change(draft):
            draft.count += 1
            draft._ephemeral_y = object()
            draft.hidden = 9
        update(state, change)
        st.write(f"{state.count} {state.hidden}")
        """
        with test_session() as browser:
            page(old)
            self.assertEqual(text(page(new)), "4 0")
            self.assertEqual(browser.stored("app-state"), {"count": 4})

    def test_none_is_no_time_of_its_own_and_no_field_is_excluded(self) -> None:
        self.addCleanup(forget_keys)
        persist(cookie_key="a", ttl=None, exclude_fields=None, secret_key=None)(type("A", (), {}))

    def test_bad_arguments_are_an_error_at_once(self) -> None:
        good = "correct horse battery staple"
        for code, arguments in (
            ("ERR_KEY_INVALID", {}),
            ("ERR_KEY_INVALID", {"cookie_key": ""}),
            ("ERR_OPTION_INVALID", {"key": "a", "cookie_key": "a"}),
            ("ERR_OPTION_INVALID", {"key": "a", "exclude_fields": "api_token"}),
            ("ERR_OPTION_INVALID", {"key": "a", "exclude_fields": 7}),
            ("ERR_OPTION_INVALID", {"key": "a", "exclude_fields": [b"x"]}),
            ("ERR_OPTION_INVALID", {"key": "a", "secret_key": 7}),
            ("ERR_SECRET_TOO_SHORT", {"key": "a", "secret_key": ""}),
            ("ERR_SECRET_TOO_SHORT", {"key": "a", "secret_key": good[:15]}),
            ("ERR_SECRET_TOO_SHORT", {"key": "a", "secret_key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}),
            ("ERR_SECRET_TOO_SHORT", {"key": "a", "secret_key": "secret" * 10}),
            ("ERR_SECRET_TOO_SHORT", {"key": "a", "secret_key": b"secret!" * 10}),
        ):
            with self.subTest(arguments=arguments), self.assertRaises(PersistError) as caught:
                persist(**arguments)  # type: ignore[arg-type]
            self.assertEqual(caught.exception.code, code)
            self.assertNotIn("secretsecret", str(caught.exception))
        persist("a", secret_key=good)
        persist("a", secret_key=good.encode())


class Beside(unittest.TestCase):
    """The package that ours replaces, installed in the same environment."""

    def setUp(self) -> None:
        self.site = Path(tempfile.mkdtemp(prefix="persist-session-beside-"))
        self.addCleanup(shutil.rmtree, self.site)
        source = Path(__file__).parents[1]
        for name in ("persist_session", "streamlit_persist_session"):
            shutil.copytree(source / name, self.site / name)

    def marks_a_class(self, *places: Path) -> str:
        code = "import streamlit_persist_session as p\n@p.persist('a')\nclass A: pass\nprint('fine')"
        path = os.pathsep.join(map(str, places))
        answer = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, cwd=self.site, capture_output=True, text=True, check=False
        )
        return answer.stdout + answer.stderr

    def install_other(self, place: Path) -> None:
        info = place / "streamlit_persist_session-0.2.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: streamlit-persist-session\nVersion: 0.2.0\n")

    def test_one_error_says_which_to_uninstall(self) -> None:
        self.assertEqual(self.marks_a_class(self.site), "fine\n")
        self.install_other(self.site)
        shown = self.marks_a_class(self.site)
        self.assertIn("ERR_PACKAGE_CONFLICT", shown)
        self.assertIn("pip uninstall streamlit-persist-session", shown)
        self.assertIn("--force-reinstall --no-deps persist-session", shown)

    def test_in_another_place_it_is_out_of_sight(self) -> None:
        other = self.site / "other"
        self.install_other(other)
        self.assertEqual(self.marks_a_class(self.site, other), "fine\n")


if __name__ == "__main__":
    unittest.main()
