"""What is said where something cannot be done, and which way out it names."""

from __future__ import annotations

import unittest
from array import array
from collections import ChainMap, UserDict
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel
from streamlit.testing.v1 import AppTest

from persist_session import PersistError
from persist_session import persist
from persist_session.codec import Namespace, decode_attribute, encode_attribute
from persist_session.session.context import is_known_without_subject, signed_in_user
from persist_session.state.registration import forget_keys
from persist_session.testing import test_session

from .apps import HEAD, broken, error


class Context:
    def __init__(self, **user_info: Any) -> None:
        self.user_info = user_info


class Messages(unittest.TestCase):
    def refusal(self, value: Any) -> str:
        with self.assertRaises(PersistError) as caught:
            encode_attribute(value, Namespace(__name__, globals()), owner="AppState.x")
        return str(caught.exception)

    def test_a_model_is_to_be_held_by_a_plain_class(self) -> None:
        self.addCleanup(forget_keys)

        class Model(BaseModel):
            x: int = 0

        with self.assertRaises(PersistError) as caught:
            persist("model")(Model)
        self.assertEqual(caught.exception.code, "ERR_NOT_A_CLASS")
        self.assertIn("Give a plain class an attribute that holds the model", caught.exception.message)
        self.assertNotIn("__slots__", caught.exception.message)

    def test_collections_without_a_form_can_be_pickled(self) -> None:
        for value in (UserDict(a=1), ChainMap({}), array("i", [1])):
            shown = self.refusal([value])
            self.assertIn(f"AppState.x[0] is of the class {type(value).__module__}.{type(value).__name__}", shown)
            self.assertIn("allow pickle for the state's class with allow_pickle=True.", shown)

    def test_a_state_in_a_state_is_kept_under_its_own_key(self) -> None:
        with test_session():
            shown = broken(
                """
                @persist("inner")
                class Inner:
                    pass
                @persist("outer")
                class Outer:
                    pass
                Outer().inner = Inner()
                """
            )
        self.assertIn("Outer.inner is the state __main__.Inner, which cannot be stored", shown)
        self.assertIn("kept under its own key: call Inner() wherever you need it", shown)
        self.assertNotIn("dataclass", shown)

    def test_a_class_that_is_not_there_any_more_is_named_in_pickled_bytes_too(self) -> None:
        class Gone:
            pass

        scope = {"Gone": Gone}
        content = encode_attribute(Gone(), Namespace(__name__, scope), allow_pickle=True)
        with self.assertRaises(PersistError) as caught:
            decode_attribute(content, Namespace(__name__, {}), owner="AppState.x", allow_pickle=True)
        self.assertIn("AppState.x needs the class Gone", caught.exception.message)
        self.assertIn("Gone = NewName", caught.exception.message)

        class New:
            pass

        self.assertIsInstance(decode_attribute(content, Namespace(__name__, {"Gone": New}), allow_pickle=True), New)


class Users(unittest.TestCase):
    SCRIPT = HEAD + "@persist('mine', owner='user')\nclass Mine:\n    pass\nMine()\n"

    def shown(self, **user_info: Any) -> str:
        context = Context(**user_info)
        with (
            patch("persist_session.session.access.signed_in_user", lambda _: signed_in_user(context)),
            patch("persist_session.session.access.is_known_without_subject", lambda _: is_known_without_subject(context)),
            test_session(),
        ):
            return error(AppTest.from_string(self.SCRIPT).run())

    def test_a_person_is_known_by_sub_so_a_header_has_to_be_mapped_to_it(self) -> None:
        shown = self.shown(email="anna@example.com")
        self.assertIn("ERR_NO_USER", shown)
        self.assertIn("known by st.user.sub", shown)
        self.assertIn("server.trustedUserHeaders", shown)
        for nobody in ({}, {"is_logged_in": False}, {"email": None}, {"is_logged_in": False, "email": "anna@example.com"}):
            shown = self.shown(**nobody)
            self.assertIn("ERR_NO_USER", shown)
            self.assertNotIn("trustedUserHeaders", shown)


if __name__ == "__main__":
    unittest.main()
