"""Plain ``streamlit run``: starts of the gateway that fail, and what is told about them and connects after them."""

from __future__ import annotations

import errno
import os
import resource
import socket
import sys
import threading
import time
import unittest
from unittest import mock

from persist_session.errors import PersistError
from persist_session.plain.gateway import GatewayProcess
from persist_session.plain.tell import tell
from persist_session.service.address import Address
from persist_session.service.client import Client

from .plain_trouble import COMMAND, open_descriptors
from .waiting import until


class Gateway(unittest.TestCase):
    def test_the_second_pipe(self) -> None:
        """if only the first pipe can be opened, it is closed, and the error has a code"""
        before, original, calls = open_descriptors(), os.pipe, []

        def pipe() -> tuple[int, int]:
            calls.append(1)
            if len(calls) == 2:
                raise OSError(errno.EMFILE, "Too many open files")
            return original()

        with mock.patch.object(os, "pipe", pipe), self.assertRaises(PersistError) as caught:
            GatewayProcess(COMMAND, os.environ, [], {})
        self.assertEqual(caught.exception.code, "ERR_GATEWAY_START")
        self.assertEqual(open_descriptors(), before)

    def test_what_cannot_be_passed(self) -> None:
        """an environment or a field that cannot be passed on leaves no descriptor open"""
        before = open_descriptors()
        for environment, fields in (({"NAME": "a\0b"}, {}), ({}, {"field": object()})):
            with self.assertRaises((ValueError, TypeError)):
                GatewayProcess(COMMAND, environment, [], fields)
        self.assertEqual(open_descriptors(), before)

    def test_reports_that_cannot_be_read(self) -> None:
        """a report that cannot be read is a start that failed"""
        for report in ("not JSON", "[]", "3", "null", "{}", '{"environment": 3}', "\\xff"):
            code = f"import json, os; os.write(json.loads(os.environ['PERSIST_SESSION_HANDOVER'])['report'], b'''{report}\\n''')"
            with self.subTest(report=report), self.assertRaises(PersistError) as caught:
                GatewayProcess([sys.executable, "-S", "-c", code], os.environ, [], {}).ready()
            self.assertEqual(caught.exception.code, "ERR_GATEWAY_START")

    def test_many_descriptors(self) -> None:
        """it starts in a process with more descriptors than select() can wait for"""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1200:
            self.skipTest("this system allows too few open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        held: list[int] = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.addCleanup(lambda: [os.close(one) for one in held])
        while not held or held[-1] < 1030:
            held.append(os.open(os.devnull, os.O_RDONLY))
        process = GatewayProcess(COMMAND, os.environ, [listener.fileno()], {})
        self.addCleanup(process.stop)
        self.assertEqual(process.ready(), {})


class Telling(unittest.TestCase):
    def test_nothing_listens(self) -> None:
        """a terminal that is gone, a full log or a closed stream is no error"""
        gone = mock.Mock(write=mock.Mock(side_effect=BrokenPipeError()))
        closed = mock.Mock(write=mock.Mock(side_effect=ValueError("I/O operation on closed file")))
        for stream in (gone, closed):
            with mock.patch.object(sys, "stderr", stream):
                tell("a line")
            stream.write.assert_called()


class ConnectingToTheService(unittest.TestCase):
    def test_no_thread_at_first(self) -> None:
        """a client that got no thread tries again with the next caller"""
        client = Client(Address("unix:/no/such/socket"))
        self.addCleanup(client.close)
        with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")), self.assertRaises(RuntimeError):
            client.start()
        with self.assertRaises(PersistError) as caught:
            client.ready(time.monotonic() + 0.2)
        self.assertIn("cannot be reached", caught.exception.message)
        assert client._thread is not None
        self.assertTrue(client._thread.is_alive())

    def test_any_error(self) -> None:
        """an error of any kind does not end the thread that connects"""
        attempts: list[int] = []

        def fail(self: Address, timeout: float) -> socket.socket:
            attempts.append(1)
            raise MemoryError

        with mock.patch.object(Address, "connect", fail):
            client = Client(Address("unix:/no/such/socket"))
            self.addCleanup(client.close)
            client.start()
            until("it has tried again", lambda: len(attempts) >= 3)


if __name__ == "__main__":
    unittest.main()
