"""Which sessions a reloaded page does not get back, by the cookies of logins."""

from __future__ import annotations

import base64
import json
import logging
import unittest
from types import SimpleNamespace
from typing import Any

from persist_session.streamlit.resume.cookies import cookies_of, text_of, who_in
from persist_session.streamlit.resume.logins import ABSENT, MAX_NAMES, MAX_OWN, Logins, _hear_readers


class AppSession:
    """Something that can be referred to weakly."""


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


class Allowing(unittest.TestCase):
    def setUp(self) -> None:
        self.logins = Logins()
        self.session = AppSession()
        self.logins.named("auth")

    def come(self, **cookies: str) -> None:
        self.logins.connected("id", self.session, cookies)

    def allows(self, **cookies: str) -> bool:
        return self.logins.allow("id", cookies)

    def test_what_is_as_it_was(self) -> None:
        self.come(auth="ann", theme="dark")
        self.assertTrue(self.allows(auth="ann", theme="light"), "a cookie that the app does not use")
        self.come()
        self.assertTrue(self.allows())

    def test_not_what_is_gone_or_another_or_came_from_elsewhere(self) -> None:
        self.come(auth="ann")
        self.assertFalse(self.allows())
        self.assertFalse(self.allows(auth="bob"))
        self.come()
        self.assertFalse(self.allows(auth="ann"))

    def test_what_the_session_did_itself(self) -> None:
        self.come()
        self.logins.changed("id", "auth", "ann")
        self.assertTrue(self.allows(auth="ann"))
        self.assertFalse(self.allows(), "signed out elsewhere")
        self.logins.changed("id", "auth", ABSENT)
        self.assertFalse(self.allows(), "signed out here")
        self.assertFalse(self.allows(auth="ann"), "signed in elsewhere")
        self.logins.changed("id", "auth", "bob")
        self.assertTrue(self.allows(auth="bob"))
        self.come()
        self.logins.changed("id", "auth", ABSENT)
        self.assertTrue(self.allows(), "there was none")

    def test_a_value_that_the_browser_has_not_replaced_yet(self) -> None:
        self.come()
        for number in range(MAX_OWN + 1):
            self.logins.changed("id", "auth", number)
        self.assertTrue(self.allows(auth=str(MAX_OWN)))
        self.assertTrue(self.allows(auth=str(MAX_OWN - 1)))
        self.assertFalse(self.allows(auth="0"), "long ago")

    def test_a_login_that_was_extended_and_not_another_ones(self) -> None:
        self.come(auth=token(username="ann", exp_date=1.5))
        self.assertTrue(self.allows(auth=token(exp_date=2.5, username="ann")))
        self.assertFalse(self.allows(auth=token(username="bob", exp_date=1.5)))

    def test_not_a_session_that_is_to_be_fresh(self) -> None:
        self.come()
        self.assertTrue(self.logins.fresh("id"))
        self.assertFalse(self.allows())
        self.come()
        self.assertTrue(self.allows())
        self.assertFalse(self.logins.fresh("unknown"))

    def test_what_is_not_known(self) -> None:
        self.assertTrue(self.allows(auth="ann"))
        self.come(auth="ann")
        del self.session
        self.logins.connected("other", AppSession(), {})
        self.assertTrue(self.allows())

    def test_names_are_bounded(self) -> None:
        for number in range(MAX_NAMES + 10):
            self.logins.named(f"n{number}")
        self.logins.named(None)
        self.assertEqual(len(self.logins._names), MAX_NAMES)


class Reading(unittest.TestCase):
    def test_cookies_of_a_handshake(self) -> None:
        headers = [("Host", "here"), ("Cookie", "a=1; b=x%20y;c=; a=2; odd")]
        client = SimpleNamespace(client_context=SimpleNamespace(headers=headers))
        self.assertEqual(cookies_of(client), {"a": "1", "b": "x y", "c": ""})
        self.assertEqual(cookies_of(object()), {})

    def test_values_as_the_libraries_write_them(self) -> None:
        self.assertEqual([text_of(value) for value in ("a b", True, 7, {"a": [1]})], ["a b", "true", "7", '{"a":[1]}'])

    def test_what_is_no_token_is_as_it_is(self) -> None:
        for value in ("", "ann", "a.b.c", "a..b", f"e30.{base64.urlsafe_b64encode(b'[1]').decode()}.x"):
            self.assertEqual(who_in(value), value)

    def test_a_library_that_has_changed_is_told_of_once(self) -> None:
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, logging.CRITICAL)
        readers = (("json", "NoSuchClass", "get", lambda *_: None),)
        with self.assertLogs("persist_session", "WARNING") as logged:
            _hear_readers(readers)
            _hear_readers(readers)
        self.assertEqual(len(logged.output), 1)
        self.assertIn("--login-cookie", logged.output[0])
