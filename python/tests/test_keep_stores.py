"""When keep stores what, and what becomes of it when a session ends."""

from __future__ import annotations

import time
import unittest
from unittest.mock import patch

from persist_session.streamlit.kept import keeper as kept_keeper

from .keeping import COUNTING, RECORD, Keeping, Tab, install_keep, keepers, shown

setUpModule = install_keep


class Loading:
    """Pages that load until a test says that they have."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_over = False

    def over(self) -> float:
        self.asked += 1
        return 0.0 if self.is_over else time.monotonic() + 0.01


class Storing(Keeping):
    def test_a_run_that_changes_nothing_writes_nothing(self) -> None:
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        before = self.tab.version
        at.button[2].click().run()
        self.tab.until_settled()
        self.assertEqual(self.tab.version, before)

    def test_only_changed_keys_are_written_and_changes_in_place_are_found(self) -> None:
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertEqual(self.tab.names(), {"n": 1, "rows": 1})
        at.button[1].click().run()
        self.tab.until_settled()
        self.assertEqual(self.tab.names(), {"n": 1, "rows": 2})

    def test_a_session_that_was_restored_writes_nothing_before_it_changes(self) -> None:
        at = self.tab.open(COUNTING)
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        before = self.tab.version
        self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertEqual(self.tab.version, before)

    def test_what_changed_waits_while_pages_load_and_is_stored_when_they_have(self) -> None:
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        before = self.tab.version
        loads = Loading()
        with (
            patch.object(kept_keeper, "LOADS", loads),
            patch.object(kept_keeper, "WHILE_LOADING", 1000.0),
            patch.object(kept_keeper, "AT_LATEST", 1000.0),
        ):
            at.button[0].click().run()
            self.tab.until("its time came several times", lambda: loads.asked > 2)
            self.assertEqual(self.tab.version, before)
            loads.is_over = True
            self.tab.until_settled()
        self.assertEqual(self.tab.names()["n"], before + 1)

    def test_pages_that_load_all_the_time_do_not_keep_anything_from_being_stored(self) -> None:
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        before = self.tab.version
        with patch.object(kept_keeper, "LOADS", Loading()):
            at.button[0].click().run()
            self.tab.until_settled()
        self.assertEqual(self.tab.names()["n"], before + 1)

    def test_what_is_deleted_while_pages_load_is_gone_when_the_run_ends(self) -> None:
        at = self.tab.open(COUNTING + "\nif st.button('del'):\n    del st.session_state['rows']\n    st.stop()\n")
        self.tab.until_settled()
        with patch.object(kept_keeper, "LOADS", Loading()):
            at.button[3].click().run()
            self.assertEqual(list(self.tab.names()), ["n"])

    def test_deleted_keys_are_gone_when_the_run_ends(self) -> None:
        script = COUNTING + "\nif st.button('del'):\n    del st.session_state['rows']\n    st.stop()\n"
        script += "if st.button('clear'):\n    st.session_state.clear()\n    st.stop()\n"
        at = self.tab.open(script)
        self.tab.until_settled()
        at.button[3].click().run()
        self.assertEqual(list(self.tab.names()), ["n"])
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        self.assertIsNotNone(self.widget("city"))
        at.button[4].click().run()
        self.assertEqual(list(self.tab.names()), [])
        self.assertIsNone(self.widget("city"))

    def test_a_first_run_that_is_stopped_early_loses_no_widget_that_it_did_not_draw(self) -> None:
        """as one does whose page has gone before it was drawn, or that ends by st.stop or an error"""
        script = "st.session_state.setdefault('n', 0)\nst.text_input('city', key='city')\nst.checkbox('only')\n"
        script += "st.markdown(f'{st.session_state.city} {st.session_state.n}')\n"
        for name, early in (("stop", "st.stop()\n"), ("error", "raise ValueError('on purpose')\n")):
            with self.subTest(name):
                tab = Tab(self.browser)
                at = tab.open(script)
                at.text_input[0].set_value("Rome").run()
                at.checkbox[0].check().run()
                self.assertEqual(shown(at), ["Rome 0"])
                tab.until_settled()
                tab.begin("st.session_state.setdefault('n', 0)\nst.session_state.n += 1\n" + early + script)
                tab.until_settled()
                self.assertEqual(tab.names().keys(), {"n"})
                again = tab.open(script)
                self.assertEqual(shown(again), ["Rome 1"])
                self.assertTrue(again.checkbox[0].value)

    def test_a_session_that_is_dropped_after_such_a_run_loses_nothing_either(self) -> None:
        script = "st.session_state.setdefault('n', 0)\nst.text_input('city', key='city')\nst.checkbox('only')\n"
        at = self.tab.open(script)
        at.text_input[0].set_value("Rome").run()
        at.checkbox[0].check().run()
        self.tab.until_settled()
        before = set(keepers())
        self.tab.begin("st.session_state.n = 5\nst.stop()\n" + script)
        (key,) = keepers().keys() - before
        keepers()[key].drop()
        again = self.tab.open(script)
        self.assertEqual(again.session_state.n, 5)
        self.assertEqual(again.text_input[0].value, "Rome")
        self.assertTrue(again.checkbox[0].value)

    def test_what_is_cleared_in_a_first_run_that_stops_early_does_not_come_back(self) -> None:
        script = "st.text_input('city', key='city')\nst.checkbox('only')\nst.markdown(st.session_state.city)\n"
        for way in ("st.session_state.clear()", "del st.session_state['city']"):
            with self.subTest(way):
                tab = Tab(self.browser)
                at = tab.open(script)
                at.text_input[0].set_value("Rome").run()
                tab.until_settled()
                tab.begin(f"{way}\nst.stop()\n" + script)
                tab.until_settled()
                again = tab.open(script)
                self.assertEqual(again.text_input[0].value, "")

    def test_a_widget_that_is_deleted_by_its_key_is_gone_when_the_run_ends(self) -> None:
        script = "if st.button('del'):\n    del st.session_state['city']\n    st.stop()\n" + COUNTING
        at = self.tab.open(script)
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        self.assertIsNotNone(self.widget("city"))
        at.button[0].click().run()
        self.assertIsNone(self.widget("city"))

    def test_after_end_session_and_clear_the_tab_is_kept_again(self) -> None:
        script = COUNTING + "\nif st.button('end'):\n    persist_session.end_session()\n    st.session_state.clear()\n    st.rerun()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        at.button[3].click().run()
        at.button[0].click().run()
        self.tab.until("it is kept again", lambda: any(state == RECORD for _, state in self.browser.service.records))
        self.tab.until_settled()
        ((owner, _),) = [key for key in self.browser.service.records if key[1] == RECORD]
        self.assertNotIn(self.browser.session, owner)
        self.browser.session = owner.split(":")[1]
        self.assertEqual(shown(self.tab.open(script)), ["1 []"])

    def widget(self, key: str) -> bytes | None:
        (found,) = [blob for name, (_, blob) in self.tab.record.cells.items() if name.endswith(f"-{key}")]
        return found

    def test_what_nobody_set_is_not_stored(self) -> None:
        self.tab.open("st.markdown('nothing')")
        self.tab.until_settled()
        self.assertIsNone(self.tab.record)

    def test_the_older_of_two_sessions_of_a_tab_stores_nothing_more(self) -> None:
        old = self.tab.open(COUNTING)
        self.tab.until_settled()
        (keeper,) = keepers().values()
        new = self.tab.open(COUNTING)
        new.button[0].click().run()
        self.tab.until_settled()
        # A run of the old one ends late.
        old.session_state["n"] = 99
        keeper._unstored_since = 0.0
        keeper.check()
        self.assertIn(b"J1", [blob for _, blob in self.tab.record.cells.values()])
        # The tab comes back to the old one: then that is what the visitor sees.
        old.button[1].click().run()
        self.tab.until_settled()
        self.assertEqual(shown(self.tab.open(COUNTING)), shown(old))

    def test_nothing_comes_back_after_end_session(self) -> None:
        script = COUNTING + "\nif st.button('end'):\n    persist_session.end_session()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        old = self.tab.record
        at.button[3].click().run()
        at.button[0].click().run()
        self.tab.until_idle()
        self.assertIsNotNone(old)
        self.assertEqual([key for key in self.browser.service.records if key[1] == RECORD], [])

    def test_rotate_takes_it_along(self) -> None:
        script = COUNTING + "\nif st.button('rotate'):\n    persist_session.rotate()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        old = self.browser.session
        at.button[3].click().run()
        at.button[0].click().run()
        self.tab.until_settled()
        (owner,) = [owner for owner, state in self.browser.service.records if state == RECORD]
        self.assertNotIn(old, owner)
        self.browser.session = owner.split(":")[1]
        self.assertEqual(shown(self.tab.open(script)), ["2 []"])


if __name__ == "__main__":
    unittest.main()
