"""A class with `live=True`: its page runs again when another tab has changed the state."""

from __future__ import annotations

import threading
import unittest
from unittest.mock import patch

from persist_session.testing import test_session

from .apps import click, fine, page, runs_at_once, text
from .waiting import MAX_WAIT


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
            self.assertTrue(told.wait(MAX_WAIT))
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
                    self.assertEqual(told.wait(MAX_WAIT if live else 0), live)


if __name__ == "__main__":
    unittest.main()
