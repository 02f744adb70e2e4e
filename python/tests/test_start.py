"""What the start module changes in Streamlit, in the parts that need no gateway."""

from __future__ import annotations

import asyncio
import base64
import importlib
import importlib.util
import json
import logging
import os
import sys
import unittest
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from persist_session import assertions
from persist_session.own_environment import own_variables, take_own_variables
from persist_session.streamlit.loads import Loads
from persist_session.streamlit.start import listening
from persist_session.streamlit.start import peer as start_peer
from persist_session.streamlit.start.mount import find_mount, name_of
from persist_session.streamlit.start.peer import as_sent

try:
    from starlette.applications import Starlette
    from starlette.routing import Host, Mount, Route, Router
    from streamlit.web.server.starlette.starlette_app import App
except ImportError:
    App = None  # type: ignore[assignment, misc]


def peer(**fields: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


class AsSent(unittest.TestCase):
    """A request as the app gets it."""

    def ask(
        self, headers: dict[str, str], kind: str = "http", port: int = 9, expected: int | None = 9, path: str = "/"
    ) -> dict[str, Any]:
        got: dict[str, Any] = {}

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            got.update(scope, assertion=assertions.arriving.get())

        scope = {
            "type": kind,
            "scheme": "http",
            "path": path,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", port),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        }
        asyncio.run(as_sent(app, expected)(scope, None, None))
        return got

    def test_has_the_browsers_address_and_nothing_of_the_gateway(self) -> None:
        said = peer(client=["203.0.113.7", 4711], server=["192.0.2.1", 80], secure=True, own=[["connection", "Upgrade"]])
        headers = {"X-Persist-Session": "a.b", "X-Persist-Session-Peer": said, "X-Forwarded-For": "1", "Forwarded": "f", "Connection": "keep-alive"}
        got = self.ask({**headers, "Accept": "é"}, "websocket")
        self.assertEqual(got["headers"], [(b"accept", b"\xe9"), (b"connection", b"Upgrade")])
        self.assertEqual((got["client"], got["server"], got["scheme"]), (("203.0.113.7", 4711), ("192.0.2.1", 80), "wss"))
        self.assertEqual(got["assertion"], "a.b")

    def test_has_what_a_trusted_proxy_sent(self) -> None:
        said = peer(client=["203.0.113.7", 0], secure=False, headers=[["x-forwarded-for", "203.0.113.7"]])
        got = self.ask({"X-Persist-Session-Peer": said, "X-Forwarded-For": "ours", "X-Forwarded-Proto": "ours"})
        self.assertEqual(got["headers"], [(b"x-forwarded-for", b"203.0.113.7")])
        self.assertEqual(got["scheme"], "http")

    def test_is_as_it_came_without_the_gateway(self) -> None:
        got = self.ask({"X-Forwarded-For": "1"})
        self.assertEqual(got["headers"], [(b"x-forwarded-for", b"1")])
        self.assertEqual(got["client"], ("127.0.0.1", 1))

    def test_is_as_it_came_at_another_server_of_the_app(self) -> None:
        forged = {"X-Persist-Session-Peer": peer(client=["203.0.113.7", 0], secure=True)}
        got = self.ask(forged, port=10)
        self.assertEqual(got["client"], ("127.0.0.1", 1))
        self.assertEqual(len(got["headers"]), 1)

    def test_loses_the_assertion_alone_when_the_gateway_was_not_ours_to_start(self) -> None:
        got = self.ask({"X-Persist-Session": "a.b", "X-Forwarded-For": "1"}, port=10, expected=None)
        self.assertEqual(got["headers"], [(b"x-forwarded-for", b"1")])
        self.assertEqual(got["assertion"], "a.b")
        self.assertIsNone(assertions.arriving.get())

    def test_is_known_as_a_load_unless_it_asks_for_health_or_another_server(self) -> None:
        loads = Loads()
        with patch.object(start_peer, "LOADS", loads):
            self.ask({}, path="/app/_stcore/health")
            self.ask({}, port=10)
            self.assertEqual(loads.over(), float("-inf"))
            self.ask({}, "websocket")
            first = loads.over()
            self.ask({})
        self.assertGreater(first, float("-inf"))
        self.assertGreaterEqual(loads.over(), first)


@unittest.skipUnless(importlib.util.find_spec("tornado"), "this Streamlit has another server")
class WithTornado(unittest.TestCase):
    def ask(self, headers: dict[str, str], port: int = 9) -> Any:
        httputil: Any = importlib.import_module("tornado.httputil")
        original = httputil.HTTPServerRequest.__init__
        self.addCleanup(setattr, httputil.HTTPServerRequest, "__init__", original)
        start_peer._install_tornado(9)
        socket = SimpleNamespace(getsockname=lambda: ("127.0.0.1", port))
        connection = SimpleNamespace(
            stream=SimpleNamespace(socket=socket),
            context=SimpleNamespace(remote_ip="127.0.0.1", protocol="http"),
            set_close_callback=lambda callback: None,
        )
        return httputil.HTTPServerRequest(
            start_line=httputil.RequestStartLine("GET", "/", "HTTP/1.1"),
            headers=httputil.HTTPHeaders({"Host": "app.example", **headers}),
            connection=connection,
        )

    def test_has_the_browsers_address_and_nothing_of_the_gateway(self) -> None:
        said = peer(client=["203.0.113.7", 4711], secure=True, headers=[["x-real-ip", "203.0.113.7"]])
        request = self.ask({"X-Persist-Session": "a.b", "X-Persist-Session-Peer": said, "X-Forwarded-For": "ours"})
        self.assertEqual(sorted(request.headers), ["Host", "X-Real-Ip"])
        self.assertEqual((request.remote_ip, request.protocol, request.host), ("203.0.113.7", "https", "app.example"))
        self.assertEqual(assertions.assertion_of(SimpleNamespace(request=request)), "a.b")

    def test_is_known_as_a_load_unless_it_comes_to_another_server(self) -> None:
        loads = Loads()
        with patch.object(start_peer, "LOADS", loads):
            self.ask({}, port=10)
            self.assertEqual(loads.over(), float("-inf"))
            self.ask({})
        self.assertGreater(loads.over(), float("-inf"))

    def test_is_as_it_came_at_another_server_of_the_app(self) -> None:
        request = self.ask({"X-Persist-Session-Peer": peer(client=["203.0.113.7", 0], secure=True)}, port=10)
        self.assertEqual(request.remote_ip, "127.0.0.1")


class Assertions(unittest.TestCase):
    def test_are_found_by_the_client_or_by_its_request(self) -> None:
        class Holder:
            request: Any = None

        asgi, tornado, request = Holder(), Holder(), Holder()
        tornado.request = request
        assertions.keep(asgi, "one")
        assertions.keep(request, "two")
        self.assertEqual(assertions.assertion_of(asgi), "one")
        self.assertEqual(assertions.assertion_of(tornado), "two")
        self.assertIsNone(assertions.assertion_of(Holder()))
        self.assertIsNone(assertions.assertion_of(None))
        # No weak reference can be made to it.
        self.assertIsNone(assertions.assertion_of(SimpleNamespace(request=3)))


class Environment(unittest.TestCase):
    def test_our_variables_are_taken_and_stay_known_when_the_module_is_imported_anew(self) -> None:
        with patch.dict(os.environ, {"PERSIST_SESSION_SERVICE": "unix:/x", "OTHER": "1"}), patch.object(sys, "_persist_session_environment", {}, create=True):
            take_own_variables()
            self.assertNotIn("PERSIST_SESSION_SERVICE", os.environ)
            self.assertEqual(os.environ["OTHER"], "1")
            sys.modules.pop("persist_session.own_environment", None)
            from persist_session import own_environment

            self.assertEqual(own_environment.own_variables()["PERSIST_SESSION_SERVICE"], "unix:/x")
            take_own_variables()
            self.assertEqual(own_variables()["PERSIST_SESSION_SERVICE"], "unix:/x")
            os.environ["PERSIST_SESSION_SERVICE"] = "unix:/y"
            self.assertEqual(own_variables()["PERSIST_SESSION_SERVICE"], "unix:/y")


class ListenAt(unittest.TestCase):
    def setUp(self) -> None:
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, logging.CRITICAL)

    def test_says_so_in_one_line_when_this_streamlit_binds_in_another_way(self) -> None:
        def other(address: str) -> None: ...

        servers = {listening._TORNADO: SimpleNamespace(), listening._ASGI: SimpleNamespace(_bind_socket=other)}
        for known in (servers, {listening._TORNADO: SimpleNamespace()}):
            with patch.object(listening.importlib, "import_module", _importer(known)), self.assertLogs("persist_session", "WARNING") as log:
                self.assertFalse(listening.listen_at(1234))
            self.assertEqual(len(log.output), 1)
            self.assertIn("server.port is the internal one", log.output[0])

    def test_binds_where_the_gateway_expects_it_and_nowhere_else(self) -> None:
        bound: list[tuple[str, int, int]] = []

        def _bind_socket(address: str, port: int, backlog: int) -> None:
            bound.append((address, port, backlog))

        server = SimpleNamespace(_bind_socket=_bind_socket)
        with patch.object(listening.importlib, "import_module", _importer({listening._TORNADO: SimpleNamespace(), listening._ASGI: server})):
            self.assertTrue(listening.listen_at(1234))
        server._bind_socket("::", 8501, 100)
        self.assertEqual(bound, [("127.0.0.1", 1234, 100)])

    def test_binds_there_with_tornado(self) -> None:
        def start_listening_tcp_socket(http_server: Any) -> None: ...

        server = SimpleNamespace(start_listening_tcp_socket=start_listening_tcp_socket)
        with patch.object(listening.importlib, "import_module", _importer({listening._TORNADO: server})):
            self.assertTrue(listening.listen_at(1234))
        bound: list[tuple[int, str]] = []
        server.start_listening_tcp_socket(SimpleNamespace(listen=lambda port, host: bound.append((port, host))))
        self.assertEqual(bound, [(1234, "127.0.0.1")])

    def test_needs_no_uvicorn_if_streamlit_can_only_start_tornado(self) -> None:
        def _bind_socket(address: str, port: int, backlog: int) -> None: ...

        starlette = SimpleNamespace(_bind_socket=_bind_socket, UvicornRunner=object)
        servers = {listening._TORNADO: SimpleNamespace(start_listening_tcp_socket=lambda http_server: None), listening._ASGI: starlette}
        absent = patch.dict(sys.modules, {"uvicorn": None})
        with absent, patch.object(listening.importlib, "import_module", _importer(servers)):
            self.assertTrue(listening.listen_at(1234))


def _importer(modules: dict[str, Any]) -> Any:
    def import_module(name: str) -> Any:
        if name not in modules:
            raise ImportError(name)
        return modules[name]

    return import_module


@unittest.skipIf(App is None, "this Streamlit has no st.App")
class FindMount(unittest.TestCase):
    def setUp(self) -> None:
        self.app = App(__file__)

    def test_at_the_root(self) -> None:
        self.assertEqual(find_mount(self.app), "")
        self.assertEqual(find_mount(Starlette(routes=[Mount("/", app=self.app)])), "")

    def test_below_a_path_however_it_is_mounted(self) -> None:
        async def other(request: Any) -> None: ...

        class Wrapper:
            def __init__(self, app: Any) -> None:
                self.app = app

            async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

        def closed(app: Any) -> Any:
            async def application(scope: Any, receive: Any, send: Any) -> None:
                await app(scope, receive, send)

            return application

        dash = Mount("/dash", app=self.app)
        for path, application in (
            ("/dash", Starlette(routes=[Route("/", other), dash])),
            ("/dash", Wrapper(Wrapper(Starlette(routes=[dash])))),
            ("/dash", Starlette(routes=[Mount("/dash", app=Wrapper(self.app))])),
            ("/dash", Starlette(routes=[Mount("/dash", app=closed(self.app))])),
            ("/a/b", Starlette(routes=[Mount("/a", routes=[Route("/", other), Mount("/b", app=self.app)])])),
            ("/a/b", Starlette(routes=[Mount("/a/", app=Starlette(routes=[Mount("/b", app=Router(routes=[Mount("/", app=self.app)]))]))])),
            ("/dash", Starlette(routes=[Host("app.example", app=Router(routes=[dash]))])),
        ):
            with self.subTest(path=path):
                self.assertEqual(find_mount(application), path)

    def test_none_where_there_is_none(self) -> None:
        circle = SimpleNamespace()
        circle.app = lambda: circle
        self.assertIsNone(find_mount(Starlette()))
        self.assertIsNone(find_mount(circle))
        self.assertEqual(name_of(Starlette()), "starlette.Starlette")


if __name__ == "__main__":
    unittest.main()
