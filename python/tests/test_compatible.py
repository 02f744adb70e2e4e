"""What apps that were written for the package streamlit-persist-session use."""

from __future__ import annotations

import copy
import logging
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

from .apps import broken, click, fine, page, text

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


class Constructors(unittest.TestCase):
    SCRIPT = """
    @persist("app-state")
    class AppState:
        def __init__(self, n, *, step=1):
            self.n = n
            self.step = step
    state = AppState({given})
    if st.button("add"):
        state.n += state.step
    if st.button("clear"):
        state.clear_cookie_state()
        state = AppState(40)
    st.write(f"{{state.n}} {{state.step}}")
    """

    def hear(self) -> None:
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, logging.CRITICAL)

    def script(self, given: str) -> str:
        return self.SCRIPT.format(given=given)

    def test_arguments_make_a_new_state(self) -> None:
        self.hear()
        with test_session() as browser, self.assertNoLogs("persist_session", logging.WARNING):
            self.assertEqual(text(page(self.script("7, step=3"))), "7 3")
            with browser.other():
                self.assertEqual(text(page(self.script("8"))), "8 1")

    def test_arguments_are_ignored_with_one_warning_where_there_is_a_state_already(self) -> None:
        self.hear()
        with test_session() as browser:
            first = page(self.script("7"))
            with self.assertLogs("persist_session", logging.WARNING) as logs:
                self.assertEqual(text(click(first, "add")), "8 1")
                self.assertEqual(text(page(self.script("9, step=2"))), "8 1")
                self.assertEqual(text(page(self.script("10"))), "8 1")
                fine(first.run())
            self.assertEqual(len(logs.output), 1)
            self.assertIn("ignored", logs.output[0])
            self.assertEqual(browser.stored("app-state"), {"n": 8, "step": 1})
            # After a clear it is a new one.
            self.assertEqual(text(click(first, "clear")), "40 1")

    def test_a_stored_state_needs_no_arguments_and_a_new_one_fails_as_any_class_does(self) -> None:
        with test_session() as browser:
            click(page(self.script("7")), "add")
            self.assertEqual(text(page(self.script(""))), "8 1")
            with browser.other():
                self.assertIn("missing 1 required positional argument: 'n'", broken(self.script("")))

    def test_update_and_a_new_attribute_have_the_arguments_too(self) -> None:
        with test_session() as browser:
            click(page(self.script("7")), "add")
            new = """
            from persist_session import clear_attribute
            @persist("app-state")
            class AppState:
                def __init__(self, n):
                    self.n = n
                    self.limit = n * 10
            state = AppState({given})
            if st.button("update"):
                update(state, lambda draft: setattr(draft, "n", draft.n + draft.limit))
            if st.button("reset"):
                clear_attribute(state, "n")
            st.write(f"{{state.n}} {{state.limit}}")
            """
            shown = broken(new.format(given=""))
            self.assertIn("ERR_CLASS_ARGUMENTS", shown)
            self.assertIn("Call AppState(n) first", shown)
            self.assertEqual(browser.stored("app-state"), {"n": 8, "step": 1})
            at = page(new.format(given="5"))
            self.assertEqual(text(at), "8 50")
            self.assertEqual(text(click(at, "update")), "58 50")
            self.assertEqual(text(click(at, "reset")), "5 50")

    def test_a_class_with_arguments_in_new(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __new__(cls, n):
                made = object.__new__(cls)
                made.n = n
                return made
            def __init__(self, n):
                self.double = 2 * n
        state = AppState(7)
        if st.button("add"):
            state.n += 1
        st.write(f"{state.n} {state.double}")
        """
        with test_session():
            self.assertEqual(text(click(page(script), "add")), "8 14")
            self.assertEqual(text(page(script)), "8 14")


class Replaced(unittest.TestCase):
    SCRIPT = """
    import copy, dataclasses
    @persist("app-state")
    @dataclasses.dataclass
    class AppState:
        n: int
        names: list = dataclasses.field(default_factory=list)
        made: list = dataclasses.field(default_factory=list, init=False)
        def double(self):
            return 2 * self.n
    state = AppState(7)
    if st.button("store"):
        state.names.append("a")
    {replace}
    other.n += 1
    st.write(f"{{other.n}} {{other.double()}} {{other.names}} {{state.n}} {{other is state}} {{type(other) is AppState}}")
    try:
        other.clear_cookie_state()
    except PersistError as error:
        st.write(error.code)
    """

    def shows(self, replace: str) -> None:
        with test_session() as browser:
            at = click(page(self.SCRIPT.format(replace=replace)), "store")
            self.assertEqual(text(at), "71 142 ['a'] 7 False True\nERR_NOT_PERSISTED")
            self.assertEqual(browser.stored("app-state"), {"n": 7, "names": ["a"], "made": []})

    def test_dataclasses_replace_gives_an_ordinary_copy_with_the_change(self) -> None:
        self.shows("other = dataclasses.replace(state, n=70)")

    @unittest.skipUnless(hasattr(copy, "replace"), "Python 3.13 has copy.replace")
    def test_copy_replace_does_so_too(self) -> None:
        self.shows("other = copy.replace(state, n=70)")


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
