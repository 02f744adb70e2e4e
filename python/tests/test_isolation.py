"""Whose an object is: of one visitor, also in modules and caches, and of threads that have the run's context."""

from __future__ import annotations

import copy
import pickle
import sys
import types
import unittest

from persist_session.state.registration import forget_keys
from persist_session.testing import test_session

from .apps import click, page, text


class Modules(unittest.TestCase):
    def test_a_class_in_a_module_is_one_class_for_all_visitors_and_gives_each_their_own(self) -> None:
        module = types.ModuleType("state_of_app")
        sys.modules["state_of_app"] = module
        self.addCleanup(sys.modules.pop, "state_of_app")
        source = (
            "from persist_session import persist\n"
            "@persist('module-state')\n"
            "class ModuleState:\n"
            "    def __init__(self):\n"
            "        self.count = 0\n"
            "kept = []\n"
        )
        exec(source, module.__dict__)
        script = """
        from state_of_app import ModuleState, kept
        state = ModuleState()
        if st.button("add"):
            state.count += 1
            kept.append(state)
        if st.button("leak"):
            try:
                st.write(str(kept[0].count))
            except PersistError as error:
                st.write(error.code)
            try:
                kept[0].count = 9
            except PersistError as error:
                st.write(error.code)
        st.write(str(state.count))
        """
        with test_session() as browser:
            self.assertEqual(text(click(page(script), "add")), "1")
            with browser.other():
                other = page(script)
                self.assertEqual(text(other), "0")
                self.assertEqual(text(click(other, "leak")), "ERR_FOREIGN_STATE\nERR_FOREIGN_STATE\n0")

    def test_pickle_and_copy_of_a_module_class(self) -> None:
        module = types.ModuleType("copied_state")
        sys.modules["copied_state"] = module
        self.addCleanup(sys.modules.pop, "copied_state")
        exec(
            "from persist_session import persist\n@persist('copied')\nclass Copied:\n    def __init__(self):\n        self.a = 1\n",
            module.__dict__,
        )
        plain = copy.copy(object.__new__(module.Copied))
        plain.a = 4
        self.assertEqual(pickle.loads(pickle.dumps(plain)).a, 4)
        forget_keys()


class Isolation(unittest.TestCase):
    def test_an_object_in_a_cache_refuses_to_be_used_by_another_visitor(self) -> None:
        script = """
        @persist("app-state")
        class AppState:
            def __init__(self):
                self.secret = st.session_state.get("secret", "none")
            def tell(self):
                return self.secret
        @st.cache_resource
        def shared():
            return AppState()
        try:
            st.write(shared().tell())
        except PersistError as error:
            st.write(error.code)
        """
        import streamlit

        streamlit.cache_resource.clear()
        with test_session() as browser:
            self.assertEqual(text(page(script)), "none")
            with browser.other():
                self.assertEqual(text(page(script)), "ERR_FOREIGN_STATE")

    def test_a_list_on_the_class_is_not_shared(self) -> None:
        script = """
        import sys, types
        if "shared_class" not in sys.modules:
            module = types.ModuleType("shared_class")
            sys.modules["shared_class"] = module
            source = "from persist_session import persist\\n@persist('shared-class')\\nclass Shared:\\n    items: list = []\\n"
            exec(source, module.__dict__)
        from shared_class import Shared
        state = Shared()
        if st.button("add"):
            state.items.append(1)
        st.write(repr(state.items))
        """
        with test_session() as browser:
            self.assertEqual(text(click(page(script), "add")), "[1]")
            with browser.other():
                self.assertEqual(text(page(script)), "[]")


class Threads(unittest.TestCase):
    SCRIPT = """
    import threading
    from streamlit.runtime.scriptrunner import add_script_run_ctx
    @persist("app-state")
    class AppState:
        def __init__(self):
            self.items = []
    state = AppState()
    seen = []
    def work():
        try:
            state.items.append(1)
        except PersistError as error:
            seen.append(error.code)
    thread = threading.Thread(target=work)
    {attach}
    thread.start()
    thread.join()
    st.write(repr(seen))
    """

    def test_a_thread_without_a_context_gets_an_error(self) -> None:
        with test_session():
            self.assertEqual(text(page(self.SCRIPT.format(attach=""))), "['ERR_NO_SESSION']")

    def test_a_thread_with_the_context_works_on_the_state(self) -> None:
        with test_session() as browser:
            self.assertEqual(text(page(self.SCRIPT.format(attach="add_script_run_ctx(thread)"))), "[]")
            self.assertEqual(browser.stored("app-state"), {"items": [1]})


if __name__ == "__main__":
    unittest.main()
