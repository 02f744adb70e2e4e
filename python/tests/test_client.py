"""The client of the state service: a service that is killed, slow, started again, or not there at all."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from persist_session.session import session as session_module
from persist_session.session import exact_update as updating
from persist_session.service.address import Address
from persist_session.service.client import Client
from persist_session.errors import PersistError
from persist_session.service.reply import Disconnected
from persist_session.testing.browser import Browser, _use
from persist_session.testing.memory_service import MemoryService

from .apps import COUNTER, click, error, fine, page, press, text
from .socket_service import SocketService
from .waiting import MAX_WAIT, together, until

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

EXACT = """
@persist("exact")
class Exact:
    def __init__(self):
        self.count = 0
state = Exact()
def add(draft):
    draft.count += 1
if st.button("add"):
    update(state, add)
st.write(str(state.count))
"""

AWAY = COUNTER.replace("if st.button", "if 'away' in st.session_state: st.session_state.away()\nif st.button", 1)


class SocketBrowser(Browser):
    def __init__(self, link: Client, service: MemoryService) -> None:
        super().__init__(service)
        self.link: Any = link


class Faults(unittest.TestCase):
    def setUp(self) -> None:
        self.server = SocketService()
        self.addCleanup(self.server.close)
        self.client = Client(Address(self.server.address))
        self.addCleanup(self.client.close)

    @contextmanager
    def browser(self) -> Iterator[SocketBrowser]:
        with _use(SocketBrowser(self.client, self.server.service)) as browser:
            assert isinstance(browser, SocketBrowser)
            yield browser

    @contextmanager
    def away(self, at: AppTest) -> Iterator[None]:
        """The service goes away in the middle of the next run of AWAY, and is back in the end. Only in between is it not waited for."""
        impatient = patch.object(session_module, "PATIENCE", 0.5)

        def leave() -> None:
            self.server.stop()
            impatient.start()

        self.addCleanup(patch.stopall)
        at.session_state["away"] = leave
        yield
        impatient.stop()
        self.server.start()

    def ready(self, seconds: float = MAX_WAIT) -> int:
        return self.client.ready(time.monotonic() + seconds)

    def test_requests_are_pipelined_and_answers_belong_to_them(self) -> None:
        generation = self.ready()
        replies = [self.client.send(generation, "open", {"assertion": f'{{"s":"{n}","t":null}}'}) for n in range(200)]
        for number, reply in enumerate(replies):
            self.assertEqual(reply.wait(time.monotonic() + MAX_WAIT)[0]["session"], str(number))

    def test_many_threads_share_the_connection(self) -> None:
        generation = self.ready()

        def ask(name: str) -> None:
            for _ in range(50):
                answer = self.client.send(generation, "open", {"assertion": f'{{"s":"{name}","t":null}}'})
                self.assertEqual(answer.wait(time.monotonic() + MAX_WAIT)[0]["session"], name)

        together([lambda name=f"t{n}": ask(name) for n in range(8)])
        self.assertEqual(self.client._pending_bytes, 0)

    def test_a_request_that_is_not_answered_ends_with_the_connection(self) -> None:
        generation = self.ready()
        held = threading.Event()
        self.addCleanup(held.set)
        self.server.fault = lambda when, op: held.wait(MAX_WAIT) and None if (when, op) == ("before", "close") else None
        reply = self.client.send(generation, "close", {"handle": 1})
        self.server.hang_up()
        with self.assertRaises(Disconnected):
            reply.wait(time.monotonic() + MAX_WAIT)
        held.set()
        self.assertGreater(self.ready(), generation)
        with self.assertRaises(Disconnected):
            self.client.send(generation, "close", {"handle": 1})

    def test_a_service_that_is_away_is_waited_for_and_then_an_error(self) -> None:
        self.server.stop()
        with self.assertRaises(PersistError) as caught:
            self.ready(0.3)
        self.assertEqual(caught.exception.code, "ERR_SERVICE_UNAVAILABLE")
        self.server.start()
        self.assertEqual(self.ready(), 1)

    def test_a_service_that_speaks_nonsense_is_left(self) -> None:
        generation = self.ready()
        self.server._connections[0].sendall(b"\xff" * 64)
        until("it is connected anew", lambda: self.client.generation > generation)

    def test_a_service_that_takes_nothing_makes_the_sender_wait_and_then_fail(self) -> None:
        generation = self.ready()
        held = threading.Event()
        self.addCleanup(held.set)
        self.server.fault = lambda when, op: held.wait(MAX_WAIT) and None if op == "close" else None
        with patch("persist_session.service.client.SEND_TIMEOUT", 0.3), patch("persist_session.service.client.MAX_PENDING_BYTES", 1000):
            self.client.send(generation, "close", {"handle": 1}, [b"x" * 900])
            with self.assertRaises(PersistError) as caught:
                self.client.send(generation, "close", {"handle": 1}, [b"x" * 900])
        self.assertEqual(caught.exception.code, "ERR_SERVICE_UNAVAILABLE")

    def test_a_click_counts_when_the_service_is_restarted_in_between(self) -> None:
        with self.browser() as browser:
            at = click(page(COUNTER), "add")
            self.server.stop()
            self.server.start()
            self.assertEqual(text(click(at, "add")), "2 [1, 2]")
            self.assertEqual(browser.stored("app-state"), {"count": 2, "items": [1, 2]})

    def test_a_change_is_sent_again_when_the_service_died_before_its_answer(self) -> None:
        for when in ("before", "after"):
            with self.subTest(when), self.browser() as browser:
                at = page(COUNTER)
                died: list[str] = []

                def die(at_: str, op: str, when: str = when, died: list[str] = died) -> None:
                    if (at_, op) == (when, "write") and not died:
                        died.append(op)
                        self.server.hang_up()
                        raise EOFError

                self.server.fault = die
                self.assertEqual(text(click(at, "add")), "1 [1]")
                self.assertEqual(died, ["write"])
                self.assertEqual(browser.stored("app-state"), {"count": 1, "items": [1]})

    def test_an_update_counts_once_when_its_answer_was_lost(self) -> None:
        with self.browser():
            at = page(EXACT)
            died: list[str] = []

            def die(when: str, op: str) -> None:
                if (when, op) == ("after", "write") and len(died) < 2:
                    died.append(op)
                    self.server.hang_up()
                    raise EOFError

            self.server.fault = die
            self.assertEqual(text(click(at, "add")), "1")
            self.assertEqual(len(died), 2)

    def test_an_update_that_is_not_answered_in_time_says_that_its_outcome_is_unknown(self) -> None:
        answers = threading.Event()
        self.addCleanup(answers.set)
        with self.browser() as browser:
            at = page(EXACT)

            def wait(when: str, op: str) -> None:
                if (when, op) == ("after", "write"):
                    answers.wait(MAX_WAIT)

            self.server.fault = wait
            # Long enough for all that comes before the write, on a busy machine.
            with patch.object(updating, "TIMEOUT", 3.0):
                self.assertIn("ERR_OUTCOME_UNKNOWN", error(press(at, "add")))
            answers.set()
            # It did count: it must not be called not stored, nor be sent again.
            self.assertEqual(text(fine(at.run())), "1")
            self.assertEqual(browser.stored("exact"), {"count": 1})

    def test_a_service_that_is_away_at_the_end_is_an_error_on_the_page_and_the_change_is_kept(self) -> None:
        with self.browser() as browser:
            at = page(AWAY)
            with self.away(at):
                self.assertIn("ERR_SERVICE_UNAVAILABLE", error(press(at, "add")))
                self.assertIsNone(browser.stored("app-state"))
                at.session_state["away"] = lambda: None
                # Without the service the next run says so too, and shows no defaults.
                at.run()
                self.assertIn("ERR_SERVICE_UNAVAILABLE", error(at))
            self.assertEqual(text(fine(at.run())), "1 [1]")
            self.assertEqual(browser.stored("app-state"), {"count": 1, "items": [1]})

    def test_a_change_is_dropped_when_the_state_was_cleared_while_the_service_was_away(self) -> None:
        with self.browser() as browser:
            at = click(page(AWAY), "add")
            with self.away(at):
                press(at, "add")
                at.session_state["away"] = lambda: None
                self.server.service.records.clear()
            self.assertEqual(text(fine(at.run())), "0 []")
            self.assertIsNone(browser.stored("app-state"))

    def test_a_token_is_sent_and_its_refusal_is_said(self) -> None:
        def refuse(header: Any, blobs: Any, push: Any) -> Any:
            raise PersistError("ERR_SERVICE_REFUSED", f"The token {'is' if 'token' in header else 'is not'} there.")

        with patch.object(self.server.service, "_hello", refuse):
            client = Client(Address(self.server.address, "secret"))
            self.addCleanup(client.close)
            with self.assertRaises(PersistError) as caught:
                client.ready(time.monotonic() + MAX_WAIT)
            self.assertEqual(caught.exception.code, "ERR_SERVICE_REFUSED")
            self.assertIn("token is there", str(caught.exception))

    def test_a_wrong_address_is_an_error_that_says_the_form(self) -> None:
        client = Client(Address("http://localhost"))
        self.addCleanup(client.close)
        with self.assertRaises(PersistError) as caught:
            client.ready(time.monotonic() + MAX_WAIT)
        self.assertEqual(caught.exception.code, "ERR_SERVICE_ADDRESS")

    def test_the_interpreter_ends_while_requests_are_under_way(self) -> None:
        held = threading.Event()
        self.addCleanup(held.set)
        self.server.fault = lambda when, op: held.wait(MAX_WAIT) and None if op == "close" else None
        script = f"""
        import time
        from persist_session.service.address import Address
        from persist_session.service.client import Client
        client = Client(Address({self.server.address!r}))
        client.send(client.ready(time.monotonic() + {MAX_WAIT}), "close", {{"handle": 1}})
        print("sent")
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, timeout=MAX_WAIT, capture_output=True, text=True, check=False
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "sent\n", ""))

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_forked_child_has_a_connection_of_its_own(self) -> None:
        script = f"""
        import os, time
        from persist_session.service.address import Address
        from persist_session.service.client import Client
        client = Client(Address({self.server.address!r}))
        def ask():
            generation = client.ready(time.monotonic() + {MAX_WAIT})
            return client.send(generation, "open", {{"assertion": '{{"s":"a","t":null}}'}}).wait(time.monotonic() + {MAX_WAIT})[0]["session"]
        assert ask() == "a"
        child = os.fork()
        assert ask() == "a"
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert ask() == "a"
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, timeout=MAX_WAIT, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
