"""A tab is kept whole or not at all, and one line says why not."""

from __future__ import annotations

import logging
import textwrap
import unittest

from streamlit.runtime.state.session_state import SessionState

from persist_session import PersistError, forget, keep

from .keeping import Keeping, install_keep, shown

setUpModule = install_keep


class AllOrNothing(Keeping):
    SCRIPT = """
    import threading
    st.session_state.setdefault("n", 0)
    if "conn" not in st.session_state:
        st.session_state.conn = threading.Lock()
    if st.button("count"):
        st.session_state.n += 1
    st.markdown(str(st.session_state.n))
    """

    def count(self, script: str) -> list[str]:
        at = self.tab.open(script)
        at.button[0].click().run()
        at.button[0].click().run()
        self.tab.until_settled()
        return shown(self.tab.open(script))

    def test_a_tab_with_a_key_that_cannot_be_stored_begins_anew_and_one_line_says_why(self) -> None:
        with self.logged() as logs:
            self.assertEqual(self.count(self.SCRIPT), ["0"])
        self.assertIsNone(self.tab.record)
        self.assertEqual(len(logs.output), 1)
        self.assertRegex(logs.output[0], r'"conn".*_thread\.lock.*forget\("conn"\).*keep\("draft", "filters"\)')

    def test_forget_leaves_one_key_out(self) -> None:
        self.assertEqual(self.count("persist_session.forget('conn')\n" + textwrap.dedent(self.SCRIPT)), ["2"])

    def test_keep_keeps_the_named_keys_alone(self) -> None:
        script = "persist_session.keep('n')\nst.session_state.setdefault('more', 1)\n" + textwrap.dedent(self.SCRIPT)
        self.assertEqual(self.count(script), ["2"])
        self.assertEqual(list(self.tab.names()), ["n"])

    def test_a_persisted_class_in_the_session_state_is_not_in_the_way(self) -> None:
        script = """
        @persist_session.persist("in-session-state")
        class State:
            def __init__(self):
                self.total = 0

        st.session_state.setdefault("n", 0)
        if "state" not in st.session_state:
            st.session_state.state = State()
        if st.button("count"):
            st.session_state.n += 1
            st.session_state.state.total += 1
        st.markdown(f"{st.session_state.n} {st.session_state.state.total}")
        """
        self.assertEqual(self.count(script), ["2 2"])

    def test_keys_are_texts(self) -> None:
        for call in (keep, forget):
            with self.assertRaises(PersistError) as caught:
                call(1)  # type: ignore[arg-type]
            self.assertEqual(caught.exception.code, "ERR_OPTION_INVALID")

    def test_more_than_the_bound_is_not_kept_and_the_line_names_the_largest(self) -> None:
        script = """
        st.session_state.setdefault("n", 0)
        st.session_state.setdefault("big", "x" * 700_000)
        st.session_state.setdefault("also", "y" * 600_000)
        if st.button("count"):
            st.session_state.n += 1
        st.markdown(str(st.session_state.n))
        """
        with self.logged() as logs:
            self.assertEqual(self.count(script), ["0"])
        self.assertEqual(len(logs.output), 1)
        self.assertRegex(logs.output[0], r'"big".*str.*1048576 are kept \(--keep-max\)')
        self.assertEqual(self.count(script.replace("600_000", "300_000")), ["2"])


class Hooks(unittest.TestCase):
    def test_keep_is_off_with_one_line_where_streamlit_has_other_insides(self) -> None:
        from persist_session.streamlit import kept

        for name in ("_getitem", "_set_key_widget_mapping", "register_widget"):
            known = getattr(SessionState, name)
            before = {each: getattr(SessionState, each) for each in ("_compact_state", "__delitem__")}
            logging.disable(logging.NOTSET)
            delattr(SessionState, name)
            kept._installed = False
            try:
                with self.assertLogs("persist_session", "WARNING") as logs:
                    kept.install({"PERSIST_SESSION_KEEP": "on"})
            finally:
                setattr(SessionState, name, known)
                kept._installed = True
                logging.disable(logging.CRITICAL)
            self.assertEqual(len(logs.output), 1)
            self.assertRegex(logs.output[0], f"keep is off.*{name}")
            for each, function in before.items():
                self.assertIs(getattr(SessionState, each), function)


if __name__ == "__main__":
    unittest.main()
