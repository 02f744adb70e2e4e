"""Plain ``streamlit run`` in trouble: this process is short of descriptors or threads, and errors that are not expected."""

from __future__ import annotations

import errno
import logging
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from persist_session.errors import PersistError
from persist_session.plain import handover
from persist_session.plain import relay as relay_module
from persist_session.plain import supervisor as supervisor_module
from persist_session.plain.relay import relay
from persist_session.plain.supervisor import Supervisor

from .plain_trouble import COMMAND, no_descriptors, open_descriptors
from .waiting import until


class Plain(unittest.TestCase):
    """A public socket, and Streamlit behind it."""

    def setUp(self) -> None:
        self.told: list[str] = []
        for module in (supervisor_module, relay_module):
            self.patch(module, "tell", self.told.append)
        self.patch(supervisor_module, "alone", self.told.append)
        self.patch(supervisor_module, "connect", lambda: None)
        self.patch(supervisor_module, "_PAUSES", (0.0, 0.02))
        self.patch(relay_module, "_PAUSE", 0.02)
        self.public = socket.create_server(("127.0.0.1", 0))
        self.target = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.target.close)
        self.addCleanup(self.public.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def patch(self, owner: Any, name: str, value: Any) -> None:
        patch = mock.patch.object(owner, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.target.accept()
            except OSError:
                return
            connection.sendall(b"streamlit")
            connection.close()

    def supervisor(self, command: list[str] = COMMAND) -> Supervisor:
        made = Supervisor(command, dict(os.environ), [self.public], self.target, {})
        self.addCleanup(made._stop)
        return made

    def end(self, supervisor: Supervisor) -> None:
        """Ends the gateway, as by a signal, and waits for that: until then it may accept a connection."""
        assert supervisor._process is not None
        process = supervisor._process._process
        process.kill()
        process.wait()

    def page(self) -> bytes:
        with socket.create_connection(self.public.getsockname(), timeout=60) as connection:
            answer = b""
            while piece := connection.recv(100):
                answer += piece
            return answer

    def until_told(self, part: str) -> None:
        until(f"{part!r} is told in {self.told}", lambda: any(part in line for line in self.told))


class Watching(Plain):
    def test_short_of_descriptors(self) -> None:
        """a gateway that ends while descriptors are short is started again when they are free"""
        supervisor = self.supervisor()
        supervisor.start()
        self.assertEqual(self.page(), b"gateway")
        self.patch(supervisor_module, "MAX_QUICK_FAILURES", 1_000_000)
        with no_descriptors():
            self.end(supervisor)
            self.until_told("Too many open files")
        self.assertEqual(self.page(), b"gateway")

    def test_short_for_long(self) -> None:
        """if descriptors stay short until it is given up, pages go to Streamlit as soon as they are free"""
        supervisor = self.supervisor()
        supervisor.start()
        with no_descriptors():
            self.end(supervisor)
            self.until_told("has ended 5 times")
            self.until_told("Pages wait: ")
        self.assertEqual(self.page(), b"streamlit")
        self.assertEqual(sum("Pages wait: " in line for line in self.told), 1, "said once, however many attempts fail")

    def test_any_error(self) -> None:
        """whatever error a start gives, it is told and counts as a failure, and pages get Streamlit in the end"""
        for error in (MemoryError(), RuntimeError("can't start new thread"), KeyError("environment"), OSError(errno.ENOMEM, "no memory")):
            with self.subTest(error=repr(error)):
                self.told.clear()
                supervisor = self.supervisor()
                supervisor.start()
                with mock.patch.object(supervisor_module, "GatewayProcess", side_effect=error):
                    self.end(supervisor)
                    self.until_told("has ended 5 times")
                self.until_told(repr(error))
                self.assertEqual(self.page(), b"streamlit")
                self.doCleanups()
                self.setUp()

    def test_what_is_no_exception(self) -> None:
        """what ends the thread, ends it with the relay in its place"""
        supervisor = self.supervisor()
        supervisor.start()
        with mock.patch.object(supervisor_module, "GatewayProcess", side_effect=SystemExit):
            self.end(supervisor)
            self.until_told("The gateway cannot be watched (SystemExit()), and is not started again.")
        self.assertEqual(self.page(), b"streamlit")

    def test_giving_up_fails(self) -> None:
        """an error while it gives up does not keep the relay away"""
        self.patch(supervisor_module, "MAX_QUICK_FAILURES", 1)
        self.patch(supervisor_module, "alone", mock.Mock(side_effect=ImportError("streamlit is gone")))
        supervisor = self.supervisor()
        supervisor.start()
        self.end(supervisor)
        self.assertEqual(self.page(), b"streamlit")
        self.until_told("streamlit is gone")

    def test_no_thread_is_needed(self) -> None:
        """pages get Streamlit also if the system refuses a thread for that"""
        supervisor = self.supervisor()
        supervisor.start()
        self.patch(supervisor_module, "MAX_QUICK_FAILURES", 1)
        with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")):
            self.end(supervisor)
            self.assertEqual(self.page(), b"streamlit")

    def test_slow_failures_count(self) -> None:
        """a gateway that takes longer to fail at its start than a steady one runs is given up all the same"""
        self.patch(supervisor_module, "_STEADY", 0.0)
        supervisor = self.supervisor()
        supervisor.start()
        with mock.patch.object(supervisor_module, "GatewayProcess", side_effect=PersistError("ERR_GATEWAY_START", "too slow")):
            self.end(supervisor)
            self.until_told("has ended 5 times")
        self.assertEqual(self.page(), b"streamlit")


class Starting(Plain):
    def assertLeftAlone(self, before: set[str]) -> None:
        self.assertEqual(len(open_descriptors()), len(before))
        thread = threading.Thread(target=self.serve_public)
        thread.start()
        self.assertEqual(self.page(), b"plain")
        thread.join()

    def serve_public(self) -> None:
        connection, _ = self.public.accept()
        connection.sendall(b"plain")
        connection.close()

    def test_no_thread_for_the_watch(self) -> None:
        """without a thread that watches it the gateway does not run, and Streamlit has its sockets alone"""
        before, supervisor = open_descriptors(), self.supervisor()
        with (
            mock.patch.object(supervisor_module.threading, "Thread", side_effect=RuntimeError("can't start new thread")),
            self.assertRaises(PersistError) as caught,
        ):
            supervisor.start()
        self.assertEqual(caught.exception.code, "ERR_GATEWAY_START")
        assert supervisor._process is not None
        self.assertIsNotNone(supervisor._process._process.poll())
        self.assertLeftAlone(before)

    def test_no_descriptors(self) -> None:
        """a first start that is short of descriptors is an error with a code, and leaves nothing behind"""
        before, supervisor = open_descriptors(), self.supervisor()
        with no_descriptors(), self.assertRaises(PersistError) as caught:
            supervisor.start()
        self.assertEqual(caught.exception.code, "ERR_GATEWAY_START")
        self.assertLeftAlone(before)

    def test_after_the_start(self) -> None:
        """if anything fails after the gateway has started, it ends: two servers on one port would each get a part of a page"""
        for name in ("connect", "install", "install_resume", "install_peer_in"):
            with self.subTest(failing=name):
                made: list[Supervisor] = []

                def make(*args: Any) -> Supervisor:
                    made.append(Supervisor(COMMAND, dict(os.environ), *args[2:]))
                    return made[0]

                node, served = SimpleNamespace(program=sys.executable), None
                with (
                    mock.patch.multiple(
                        handover,
                        Supervisor=make,
                        find_node=lambda environment: node,
                        gateway_entry=lambda: "",
                        _base_path=lambda *args: "",
                        _option=lambda option: None,
                        raise_open_files=mock.DEFAULT,
                        _keep_our_modules=mock.DEFAULT,
                        install_peer_in=mock.DEFAULT,
                        install_resume=mock.DEFAULT,
                        install=mock.DEFAULT,
                        connect=mock.DEFAULT,
                    ),
                    mock.patch.object(handover, name, side_effect=TypeError("another Streamlit")),
                    self.assertRaises(TypeError),
                ):
                    handover.hand_over("app.py", dict(os.environ), [self.public], served, None)
                assert made[0]._process is not None
                self.assertIsNotNone(made[0]._process._process.poll())
                self.assertEqual([one.fileno() for one in made[0]._sockets], [-1])


class Relaying(Plain):
    def relay(self, tls: dict[str, str] | None = None) -> None:
        threading.Thread(target=relay, args=([self.public], self.target.getsockname(), tls, threading.Event()), daemon=True).start()

    def test_accepting_while_descriptors_are_short(self) -> None:
        """a connection that comes while descriptors are short is served when they are free"""
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, logging.CRITICAL)
        self.relay()
        self.assertEqual(self.page(), b"streamlit")
        with socket.socket() as connection, self.assertLogs("asyncio", "ERROR") as logs:
            connection.settimeout(60)
            with no_descriptors():
                connection.connect(self.public.getsockname())
                until("asyncio says that it cannot accept", lambda: bool(logs.records))
            self.assertEqual(connection.recv(100), b"streamlit")

    def test_a_certificate_that_is_missing_for_a_while(self) -> None:
        """while the certificate cannot be read pages wait, and they are served when it can"""
        with tempfile.TemporaryDirectory() as directory:
            key, cert = f"{directory}/key.pem", f"{directory}/cert.pem"
            self.relay({"cert": cert, "key": key})
            self.until_told("Pages wait: ")
            openssl = os.environ.get("OPENSSL_PATH", "openssl")
            command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
            subprocess.run([*command, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
            context = ssl.create_default_context(cafile=cert)
            context.check_hostname = False
            with socket.create_connection(self.public.getsockname(), timeout=60) as raw, context.wrap_socket(raw) as connection:
                self.assertEqual(connection.recv(100), b"streamlit")


if __name__ == "__main__":
    unittest.main()
