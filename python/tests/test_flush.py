"""What waits for a page is sent to the connection that the page has now."""

from __future__ import annotations

import unittest
from typing import Any

from persist_session.streamlit.resume.flush import install_flush
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.session_manager import ActiveSessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager


def message(text: str) -> ForwardMsg:
    made = ForwardMsg()
    made.delta.new_element.text.body = text
    return made


class Client:
    def __init__(self) -> None:
        self.got: list[str] = []

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        self.got.append(msg.delta.new_element.text.body)


class Session:
    def __init__(self, name: str, waiting: list[str]) -> None:
        self.id = name
        self.waiting = waiting

    def flush_browser_queue(self) -> list[ForwardMsg]:
        waiting, self.waiting = self.waiting, []
        return [message(text) for text in waiting]


class Round:
    """Streamlit's own classes, with two pages, and its round over them."""

    def __init__(self) -> None:
        self.manager = WebsocketSessionManager.__new__(WebsocketSessionManager)
        self.manager._active_session_info_by_id = {}
        self.runtime = Runtime.__new__(Runtime)
        self.runtime._session_mgr = self.manager

    def connect(self, session: Session) -> Client:
        client = Client()
        self.manager._active_session_info_by_id.pop(session.id, None)
        self.manager._active_session_info_by_id[session.id] = ActiveSessionInfo(client, session)  # type: ignore[arg-type]
        return client

    def send(self, meanwhile: dict[str, Any]) -> None:
        """Sends what waits. After the message of a name, calls what is given for it, as other tasks run in between."""
        for info in self.manager.list_active_sessions():
            for msg in info.session.flush_browser_queue():
                self.runtime._send_message(info, msg)
                meanwhile.get(msg.delta.new_element.text.body, lambda: None)()


class Flush(unittest.TestCase):
    def setUp(self) -> None:
        for owner, name in ((WebsocketSessionManager, "list_active_sessions"), (Runtime, "_send_message")):
            self.addCleanup(setattr, owner, name, getattr(owner, name))
        install_flush()
        self.round = Round()
        self.crowd, self.page = Session("crowd", ["a", "b"]), Session("page", ["late"])
        self.clients = [self.round.connect(self.crowd), self.round.connect(self.page)]

    def test_the_beginning_of_a_run_goes_to_the_page_that_was_reloaded_within_a_round(self) -> None:
        def reload() -> None:
            self.page.waiting = ["new session", "first"]
            self.clients.append(self.round.connect(self.page))

        self.round.send({"a": reload})
        self.round.send({})
        self.assertEqual([client.got for client in self.clients], [["a", "b"], [], ["new session", "first"]])

    def test_a_page_that_is_reloaded_between_two_of_its_messages_gets_what_comes_then(self) -> None:
        self.page.waiting = ["one", "two"]

        def reload() -> None:
            self.clients.append(self.round.connect(self.page))
            self.page.waiting = ["new session"]

        self.round.send({"one": reload})
        self.round.send({})
        self.assertEqual([client.got for client in self.clients], [["a", "b"], ["one"], ["new session"]])

    def test_the_list_is_one_as_before(self) -> None:
        listed = self.round.manager.list_active_sessions()
        self.assertEqual(len(listed), 2)
        self.assertEqual([info.session for info in listed], [self.crowd, self.page])
        self.assertEqual(len([*listed, 1]), 3)
