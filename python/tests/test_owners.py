"""Whose a state is: a tab's or a user's."""

from __future__ import annotations

import textwrap
import unittest
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from persist_session.testing import test_session

from .apps import HEAD, click, error, fine, page, text


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


if __name__ == "__main__":
    unittest.main()
