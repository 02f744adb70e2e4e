"""What a page begins with whose live session is gone, without a browser: what stood in its session state."""

from __future__ import annotations

import unittest
from typing import Any

from streamlit.testing.v1 import AppTest

from .apps import fine
from .keeping import COUNTING, Keeping, Tab, install_keep, shown
from .waiting import MAX_WAIT

setUpModule = install_keep


class Beginning(Keeping):
    def test_a_fresh_session_begins_with_keys_and_widgets(self) -> None:
        at = self.tab.open("st.markdown(repr(st.session_state.get('city')))\n" + COUNTING)
        at.button[0].click().run()
        at.button[1].click().run()
        at.text_input[0].set_value("Ada").run()
        at.text_input[1].set_value("Berlin").run()
        self.tab.until_settled()
        again = self.tab.open("st.markdown(repr(st.session_state.get('city')))\n" + COUNTING)
        self.assertEqual(shown(again), ["'Berlin'", "1 [0] Ada Berlin"])
        self.assertEqual([each.value for each in again.text_input], ["Ada", "Berlin"])

    def test_another_tab_and_another_browser_begin_anew(self) -> None:
        at = self.tab.open(COUNTING)
        at.button[0].click().run()
        self.tab.until_settled()
        self.assertEqual(shown(Tab(self.browser).open(COUNTING)), ["0 []"])
        with self.browser.other() as other:
            stranger = Tab(other)
            stranger.id = self.tab.id
            self.assertEqual(shown(stranger.open(COUNTING)), ["0 []"])

    def test_another_user_begins_anew_and_what_was_kept_is_gone(self) -> None:
        at = self.tab.open(COUNTING)
        at.button[0].click().run()
        self.tab.until_settled()
        page = AppTest.from_string("import streamlit as st\nimport persist_session\n" + COUNTING, default_timeout=MAX_WAIT)
        from streamlit.testing.v1 import local_script_runner

        original = local_script_runner.LocalScriptRunner.__init__

        def signed_in(runner: Any, *args: Any, **kwargs: Any) -> None:
            original(runner, *args, **kwargs)
            runner._user_info = {"email": "mallory@example.com"}

        local_script_runner.LocalScriptRunner.__init__ = signed_in  # type: ignore[method-assign]
        try:
            self.assertEqual(shown(fine(page.run())), ["0 []"])
            self.tab.until_settled()
        finally:
            local_script_runner.LocalScriptRunner.__init__ = original  # type: ignore[method-assign]
        self.assertEqual(shown(self.tab.open(COUNTING)), ["0 []"])

    def test_values_of_classes_in_the_script_and_in_modules(self) -> None:
        script = """
        from dataclasses import dataclass, field
        from enum import Enum

        @dataclass
        class Item:
            name: str
            tags: list[str] = field(default_factory=list)

        class Color(Enum):
            RED = "r"

        if "item" not in st.session_state:
            st.session_state.item = Item("one")
            st.session_state.color = Color.RED
            st.session_state.nested = {"a": [Item("in")]}
        if st.button("tag"):
            st.session_state.item.tags.append("t")
        st.markdown(f"{st.session_state.item} {st.session_state.color} {st.session_state.nested} {isinstance(st.session_state.item, Item)}")
        """
        at = self.tab.open(script)
        at.button[0].click().run()
        self.tab.until_settled()
        kept = "Item(name='one', tags=['t']) Color.RED {'a': [Item(name='in', tags=[])]} True"
        again = self.tab.open(script)
        self.assertEqual(shown(again), [kept])
        again.button[0].click().run()
        self.tab.until_settled()
        self.assertEqual(shown(self.tab.open(script)), [kept.replace("['t']", "['t', 't']")])

    def test_a_value_that_no_run_has_read_is_kept_on(self) -> None:
        script = """
        from dataclasses import dataclass

        @dataclass
        class Item:
            name: str

        if st.session_state.get("begun") is None:
            st.session_state.begun = 1
            st.session_state.item = Item("one")
        if st.button("more"):
            st.session_state.begun += 1
        if st.checkbox("show"):
            st.markdown(str(st.session_state.item))
        st.markdown(str(st.session_state.begun))
        """
        self.tab.open(script)
        self.tab.until_settled()
        second = self.tab.open(script)
        second.button[0].click().run()
        self.tab.until_settled()
        third = self.tab.open(script)
        third.checkbox[0].check().run()
        self.assertEqual(shown(third), ["Item(name='one')", "2"])

    def test_a_class_that_the_new_code_has_no_more_lets_the_tab_begin_anew(self) -> None:
        script = """
        from dataclasses import dataclass

        @dataclass
        class NAME:
            name: str

        st.session_state.setdefault("n", 0)
        if "item" not in st.session_state:
            st.session_state.item = NAME("one")
        if st.button("count"):
            st.session_state.n += 1
        st.markdown(f"{st.session_state.n} {st.session_state.item}")
        """
        at = self.tab.open(script.replace("NAME", "Item"))
        at.button[0].click().run()
        self.tab.until_settled()
        with self.logged() as logs:
            self.assertEqual(shown(self.tab.open(script.replace("NAME", "Renamed"))), ["0 Renamed(name='one')"])
        self.assertRegex(logs.output[0], r"begins anew.*Item")

    def test_widgets_that_the_new_code_does_not_know_are_left_out(self) -> None:
        self.tab.open("st.text_input('old')\nst.text_input('k', key='k')").text_input[0].set_value("x").run()
        self.tab.until_settled()
        new = self.tab.open("st.markdown(st.text_input('new'))\nst.markdown(st.text_input('k', key='other'))")
        self.assertEqual(shown(new), ["", ""])

    def test_passwords_are_never_stored(self) -> None:
        script = "a = st.text_input('a', type='password')\nb = st.text_input('b', type='password', key='b')\nst.markdown(f'{a} {b}')"
        at = self.tab.open(script)
        at.text_input[0].set_value("sesame-one").run()
        at.text_input[1].set_value("sesame-two").run()
        self.assertEqual(shown(at), ["sesame-one sesame-two"])
        self.tab.until_settled()
        self.assertNotIn("sesame", self.tab.content())
        self.assertNotIn("b", self.tab.names())
        self.assertEqual(shown(self.tab.open(script)), [""])


if __name__ == "__main__":
    unittest.main()
