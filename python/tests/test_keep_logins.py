"""What is kept is of one person: logins, logouts, and a tab that asks to begin anew."""

from __future__ import annotations

import unittest

from persist_session.streamlit.resume import LOGINS

from .keeping import COUNTING, Keeping, install_keep, shown

setUpModule = install_keep


class Logins(Keeping):
    """The page of an AppTest always has this session id."""

    ID = "test session id"

    class Page:
        """What a page is connected to, kept weakly."""

    def connect(self, **cookies: str) -> None:
        self.page = self.Page()
        LOGINS.connected(self.ID, self.page, cookies)

    def setUp(self) -> None:
        super().setUp()
        LOGINS.named("auth")
        self.addCleanup(LOGINS._seen.pop, self.ID, None)
        self.addCleanup(LOGINS._names.discard, "auth")

    def test_a_page_with_another_login_cookie_begins_anew_and_what_was_kept_is_gone(self) -> None:
        self.connect(auth="ada")
        self.tab.open(COUNTING).button[0].click().run()
        self.tab.until_settled()
        self.connect(auth="ada")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["1 []"])
        self.connect(auth="mallory")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["0 []"])
        self.tab.until_settled()
        self.connect(auth="ada")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["0 []"])

    def test_nothing_tells_a_reader_of_the_store_who_was_signed_in(self) -> None:
        self.connect(auth="ada-the-first")
        self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertNotIn("ada-the-first", self.tab.content())
        self.assertNotIn("test@example.com", self.tab.content())

    def test_a_logout_by_a_cookie_clears_it_before_the_run_has_ended(self) -> None:
        self.connect(auth="ada")
        at = self.tab.open(COUNTING)
        self.tab.until_settled()
        self.assertIsNotNone(self.tab.record)
        LOGINS.changed(self.ID, "auth", None)
        at.button[0].click().run()
        self.assertIsNone(self.tab.record)
        # Signed in again within the same page: kept from now on.
        LOGINS.changed(self.ID, "auth", "bob")
        at.button[0].click().run()
        self.tab.until("it is kept again", lambda: self.tab.record is not None)
        self.tab.until_settled()
        self.connect(auth="bob")
        self.assertEqual(shown(self.tab.open(COUNTING)), ["2 []"])

    def test_st_logout_clears_it_before_the_run_has_ended(self) -> None:
        script = COUNTING + "\nif st.button('out'):\n    st.logout()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        at.button[3].click().run()
        self.assertIsNone(self.tab.record)
        at.button[0].click().run()
        self.tab.until_idle()
        self.assertIsNone(self.tab.record)
        self.assertEqual(shown(self.tab.open(script)), ["0 []"])

    def test_fresh_after_reload_lets_the_tab_begin_anew(self) -> None:
        self.connect()
        script = COUNTING + "\nif st.button('fresh'):\n    persist_session.fresh_after_reload()\n"
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        at.button[3].click().run()
        self.assertIsNone(self.tab.record)
        self.connect()
        self.assertEqual(shown(self.tab.open(script)), ["0 []"])


if __name__ == "__main__":
    unittest.main()
