"""What a process keeps, and for how long it waits."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import types
import unittest
import weakref
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from persist_session import persist
from persist_session.session import exact_update as updating
from persist_session.service.address import SERVICE
from persist_session.state.binding import _live
from persist_session.session.current import _sessions, drop_session
from persist_session.errors import PersistError
from persist_session.service.handle import Handle
from persist_session.streamlit.runs import connect
from persist_session.state.live_state import LiveState
from persist_session.service.shared import shared_client
from persist_session.testing import test_session
from persist_session.testing.memory_link import MemoryLink
from persist_session.testing.memory_service import MemoryService

from .apps import COUNTER, HEAD, click, error, fine, page, press, text
from .socket_service import SocketService
from .test_client import EXACT, ROOT
from .waiting import MAX_WAIT, until


def header(session: str, tab: str = "tab") -> str:
    return json.dumps({"s": session, "t": tab})


class Memory(unittest.TestCase):
    def test_a_class_of_an_earlier_run_is_let_go_with_all_that_its_script_held(self) -> None:
        gone: list[weakref.ref[Any]] = []
        for _ in range(5):
            scope: dict[str, Any] = {"__name__": "__main__", "persist": persist}
            exec("@persist('bounds')\nclass A:\n    def __init__(self):\n        self.x = 1\n", scope)
            gone.append(weakref.ref(scope["A"]))
        del scope
        gc.collect()
        self.assertEqual([ref() for ref in gone], [None] * 5)

    def test_the_instance_that_an_update_works_on_is_let_go(self) -> None:
        with test_session():
            at = click(page(EXACT), "add")
            gc.collect()
            before = len(_live)
            for _ in range(5):
                at = click(at, "add")
            gc.collect()
            self.assertEqual((text(at), len(_live)), ("6", before))

    def test_the_states_of_sessions_that_have_ended_are_let_go_though_their_scripts_named_them(self) -> None:
        def after(sessions: int) -> int:
            for _ in range(sessions):
                with test_session():
                    click(page(COUNTER), "add")
            gc.collect()
            return len(_live)

        # The last script's module stays until the next one.
        self.assertEqual(after(1), after(4))

    def test_an_instance_of_a_session_that_has_ended_is_an_error(self) -> None:
        kept: list[Any] = []
        with test_session() as browser:
            at = AppTest.from_string(HEAD + COUNTER + "\nst.session_state.keep(state)\n")
            at.session_state["keep"] = kept.append
            fine(at.run())
            for session in [session for session in _sessions.values() if session.test is browser]:
                drop_session(session.key)
        (instance,) = kept
        self.assertEqual(type(instance).__name__, "AppState")
        for use in (lambda: instance.count, lambda: setattr(instance, "count", 1), lambda: vars(instance), lambda: instance.clear_cookie_state()):
            with self.assertRaises(PersistError) as caught:
                use()
            self.assertEqual(caught.exception.code, "ERR_SCOPE_ENDED")

    def test_a_session_that_used_no_state_leaves_no_handle(self) -> None:
        service = MemoryService()
        handle = Handle(MemoryLink(service), lambda message: None)
        handle.announce(header("a"))
        handle.close()
        self.assertEqual(service.handles, {})

    def test_a_run_that_goes_on_when_streamlit_drops_its_session_stores_what_it_changes(self) -> None:
        script = COUNTER.replace("if st.button", "if 'drop' in st.session_state: st.session_state.drop()\nif st.button", 1)
        with test_session() as browser:
            at = page(script)
            (session,) = [session for session in _sessions.values() if session.test is browser]
            at.session_state["drop"] = lambda: drop_session(session.key)
            self.assertEqual(text(click(at, "add")), "1 [1]")
            self.assertEqual(browser.stored("app-state"), {"count": 1, "items": [1]})
            self.assertTrue(session.closed)
            self.assertNotIn(session, _sessions.values())
            self.assertEqual(browser.service.handles, {})


@unittest.skipUnless(os.path.isdir("/dev/fd"), "needs /dev/fd")
class Inherited(unittest.TestCase):
    def test_a_file_of_the_gateway_is_closed_and_what_was_meant_for_us_stays(self) -> None:
        script = """
        import os, sys
        from persist_session.streamlit.start.inherited import close_inherited
        leaked, meant = map(int, sys.argv[1:])
        own = os.open(os.devnull, os.O_RDONLY)
        close_inherited({meant})
        os.fstat(meant), os.fstat(own), os.fstat(2)
        try:
            os.fstat(leaked)
        except OSError:
            print("closed")
        """
        with tempfile.TemporaryFile() as leaked, tempfile.TemporaryFile() as meant:
            passed = (leaked.fileno(), meant.fileno())
            command = [sys.executable, "-c", textwrap.dedent(script), *map(str, passed)]
            done = subprocess.run(command, cwd=ROOT, pass_fds=passed, timeout=MAX_WAIT, capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), ("closed\n", ""))


class Failing(unittest.TestCase):
    def test_a_state_that_cannot_be_written_does_not_hold_up_the_others(self) -> None:
        script = """
        @persist("one")
        class One:
            def __init__(self):
                self.items = []
        @persist("two")
        class Two:
            def __init__(self):
                self.items = []
        one, two = One(), Two()
        if st.button("add"):
            one.items.append(1)
            two.items.append(2)
        """
        with test_session() as browser:
            at = page(script)
            send, refused = MemoryLink.send, list[str]()

            def refuse(link: Any, generation: int, op: str, *args: Any) -> Any:
                if op == "write" and not refused:
                    refused.append(op)
                    raise PersistError("ERR_SERVICE_UNAVAILABLE", "Refused by the test.")
                return send(link, generation, op, *args)

            with patch.object(MemoryLink, "send", refuse):
                self.assertIn("Refused by the test", error(press(at, "add")))
            self.assertEqual((browser.stored("one"), browser.stored("two")), (None, {"items": [2]}))
            fine(at.run())
            self.assertEqual(browser.stored("one"), {"items": [1]})

    def test_a_value_whose_own_code_fails_is_an_error_on_the_page_and_the_others_are_stored(self) -> None:
        script = """
        @persist("failing")
        class Failing:
            def __init__(self):
                self.model = [1]
                self.items = []
        state = Failing()
        if st.button("add"):
            state.model.append(2)
            state.items.append(1)
        """
        encode = LiveState.encode

        def fail(state: LiveState, name: str, value: Any) -> bytes:
            if value == [1, 2]:
                raise ZeroDivisionError("secret")
            return encode(state, name, value)

        with test_session() as browser, patch.object(LiveState, "encode", fail):
            shown = error(press(page(script), "add"))
            self.assertIn("Failing.model", shown)
            self.assertNotIn("secret", shown)
            self.assertEqual((browser.stored("failing") or {}).get("items"), [1])


class Waiting(unittest.TestCase):
    def test_the_service_is_connected_to_before_any_state_is_used(self) -> None:
        server = SocketService()
        self.addCleanup(server.close)
        with patch.dict(os.environ, {SERVICE: server.address}):
            connect()
            client = shared_client()
            self.addCleanup(client.close)
            until("it is connected", lambda: client.generation == 1)

    def test_a_page_that_came_back_with_another_session_never_sees_the_one_before(self) -> None:
        service = MemoryService()
        handle = Handle(MemoryLink(service), lambda message: None)
        handle.announce(header("before"))
        handle.announce(header("after"))
        handle.ensure(1, header("after"), time.monotonic() + MAX_WAIT)
        self.assertEqual(handle.session, "after")
        self.assertEqual([entry.session for entry in service.handles.values()], ["after"])

    def test_a_session_that_ended_before_it_was_used_is_no_error_of_the_next(self) -> None:
        service = MemoryService()
        service.ended.add("before")
        handle = Handle(MemoryLink(service), lambda message: None)
        handle.announce(header("before"))
        handle.ensure(1, header("after"), time.monotonic() + MAX_WAIT)
        self.assertEqual(handle.session, "after")

    def test_an_update_that_waits_for_another_one_gives_up(self) -> None:
        live: Any = types.SimpleNamespace(registration=types.SimpleNamespace(name="Exact"))
        codes: list[str] = []

        def second() -> None:
            try:
                with updating._turn("record", live):
                    codes.append("its turn")
            except PersistError as error:
                codes.append(error.code)

        with patch.object(updating, "TIMEOUT", 0.1), updating._turn("record", live):
            other = threading.Thread(target=second)
            other.start()
            other.join(MAX_WAIT)
        self.assertEqual(codes, ["ERR_CONFLICT"])
        second()
        self.assertEqual(codes, ["ERR_CONFLICT", "its turn"])


if __name__ == "__main__":
    unittest.main()
