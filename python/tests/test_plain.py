"""Plain ``streamlit run``: which apps want us, and what does not need a running Streamlit."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

from _persist_session_start.sources import MAX_FILES, imports_us
from _persist_session_start.wanted import Wish, wish
from persist_session.errors import PersistError
from persist_session.plain import arm as arm_function
from persist_session.plain.gateway import GatewayProcess
from persist_session.plain.relay import relay
from persist_session.session import make_sessions


@contextmanager
def app(files: dict[str, str]) -> Iterator[Path]:
    """A directory with these files."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for file, text in files.items():
            path = directory / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        yield directory


class Sources(unittest.TestCase):
    def assertFound(self, expected: bool, files: dict[str, str]) -> None:
        with app(files) as directory:
            self.assertIs(imports_us(str(directory / "app.py")), expected, files)

    def test_the_script_itself_imports_us(self) -> None:
        """imports_us() is true for each way to import us in the script itself"""
        for line in (
            "from persist_session import persist",
            "import persist_session",
            "import os, persist_session as ps",
            "from streamlit_persist_session import persist",
            "from persist_session.testing import test_session",
            "if True:\n    from persist_session import (\n        persist,\n    )",
            "import importlib\nps = importlib.import_module('persist_session')",
            "ps = __import__('persist_session')",
            "x = 1; import persist_session",
        ):
            self.assertFound(True, {"app.py": f"import streamlit as st\n{line}\n"})

    def test_a_name_alone_is_no_import(self) -> None:
        """imports_us() is false if a comment, a text or another name has ours in it"""
        for line in (
            "# from persist_session import persist",
            '"""\nfrom persist_session import persist\n"""',
            "import persist_sessions",
            "from my.persist_session import x",
            "from .persist_session import x",
            "persist_session = 1",
            "open('persist_session')",
        ):
            self.assertFound(False, {"app.py": f"import streamlit as st\n{line}\n"})

    def test_modules_and_pages_are_followed(self) -> None:
        """imports_us() follows the app's own modules, packages and pages"""
        ours = "from persist_session import persist\n"
        self.assertFound(True, {"app.py": "import state", "state.py": ours})
        self.assertFound(True, {"app.py": "import a.b.c", "a/__init__.py": "", "a/b/__init__.py": ours, "a/b/c.py": ""})
        self.assertFound(True, {"app.py": "from a import b", "a/__init__.py": "", "a/b.py": ours})
        self.assertFound(True, {"app.py": "from a.b import (\n    x,  # first\n    c,\n)", "a/b/c.py": ours})
        deep = "from .. import z\nfrom . import w"
        self.assertFound(True, {"app.py": "from lib import x", "lib/__init__.py": "from .deep import y", "lib/deep.py": deep, "lib/w.py": ours})
        self.assertFound(True, {"app.py": "import a, state", "a.py": "import app", "state.py": ours})
        self.assertFound(True, {"app.py": "import streamlit", "pages/two.py": ours})
        self.assertFound(True, {"app.py": "st.navigation([st.Page('views/one.py')])", "views/one.py": ours})

    def test_what_is_not_reached_does_not_count(self) -> None:
        """imports_us() is false if only a module imports us that the app does not lead to"""
        ours = "from persist_session import persist\n"
        self.assertFound(False, {"app.py": "import streamlit", "other.py": ours, "tests/test_x.py": ours})
        self.assertFound(False, {"app.py": "from a import b", "a/__init__.py": "", "a/c.py": ours, "b.py": ours})

    def test_broken_sources(self) -> None:
        """imports_us() takes sources that cannot be parsed, are no text or are missing as they are"""
        self.assertFound(True, {"app.py": "from persist_session import persist\ndef ("})
        self.assertFound(False, {"app.py": "def ("})
        self.assertFound(False, {})
        with app({}) as directory:
            (directory / "app.py").write_bytes(b"\xff\xfe\x00import persist_session\x00")
            self.assertIsInstance(imports_us(str(directory / "app.py")), bool)

    def test_many_modules_end(self) -> None:
        """imports_us() ends for modules that import each other, and for more of them than it reads"""
        with app({"app.py": "import m0"}) as directory:
            for number in range(MAX_FILES + 50):
                (directory / f"m{number}.py").write_text(f"import app, m0, m{number + 1}\n")
            self.assertFalse(imports_us(str(directory / "app.py")))

    def test_modules_on_the_path(self) -> None:
        """imports_us() finds modules of the app that are not beside it, but on the path"""
        with app({"lib/state.py": "import persist_session", "app/app.py": "import state"}) as directory, mock.patch.object(
            sys, "path", [*sys.path, str(directory / "lib")]
        ):
            self.assertTrue(imports_us(str(directory / "app" / "app.py")))


class Wishes(unittest.TestCase):
    def test_order(self) -> None:
        """the variable comes before pyproject.toml, and that before the sources"""
        ours, enabled = "import persist_session", "[tool.persist-session]\nenabled = {}\n"
        for variable, project, source, expected in (
            ("", "", "", Wish.NONE),
            ("", "", ours, Wish.ON),
            ("on", "", "", Wish.ON),
            ("ON", "", "", Wish.ON),
            ("off", "", "", Wish.NONE),
            ("off", "", ours, Wish.REFUSED),
            ("0", "true", ours, Wish.REFUSED),
            ("", "true", "", Wish.ON),
            ("", "false", ours, Wish.REFUSED),
            ("1", "false", "", Wish.ON),
        ):
            with app({"app.py": source}) as directory:
                if project:
                    (directory / "pyproject.toml").write_text(enabled.format(project))
                told: list[str] = []
                found = wish(str(directory / "app.py"), told.append, {"PERSIST_SESSION": variable})
                self.assertEqual((found, told), (expected, []), (variable, project, source))

    def test_other_tables(self) -> None:
        """a pyproject.toml without our table, and one that is none of ours to read, count as none"""
        for text in ("[project]\nname = 'x'\n", "[tool.persist-session]\nttl = '7d'\n", "not toml, and nothing of ours"):
            with app({"app.py": ""}) as directory:
                (directory / "pyproject.toml").write_text(text)
                told: list[str] = []
                self.assertEqual((wish(str(directory / "app.py"), told.append, {}), told), (Wish.NONE, []))

    def test_without_tomllib(self) -> None:
        """pyproject.toml is read without tomllib, which Python 3.10 does not have: every Streamlit for it brings toml"""
        if find_spec("toml") is None:
            self.skipTest("this Streamlit needs a newer Python, and brings no toml")
        with app({"app.py": ""}) as directory, mock.patch.object(sys, "version_info", (3, 10)):
            (directory / "pyproject.toml").write_text("[tool.persist-session]\nenabled = true\n")
            self.assertEqual(wish(str(directory / "app.py"), self.fail, {}), Wish.ON)


class Gateway(unittest.TestCase):
    def test_a_start_that_hangs(self) -> None:
        """a gateway that reports nothing is ended after a while, and the error says so"""
        with mock.patch("persist_session.plain.gateway.MAX_START", 0.2):
            process = GatewayProcess([sys.executable, "-c", "import time; time.sleep(600)"], os.environ, [], {})
            with self.assertRaises(PersistError) as caught:
                process.ready()
        self.assertIn("did not start within", caught.exception.message)
        self.assertLess(process.wait(), 0)

    def test_no_program(self) -> None:
        """a gateway that cannot be run at all gives an error with the reason"""
        with self.assertRaises(PersistError) as caught:
            GatewayProcess(["/no/such/program"], os.environ, [], {})
        self.assertIn("/no/such/program cannot be run", caught.exception.message)

    def test_no_descriptors_are_left(self) -> None:
        """a start that failed leaves no descriptor open"""
        before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
        for command in (["/no/such/program"], [sys.executable, "-c", ""]):
            with self.assertRaises(PersistError):
                GatewayProcess(command, os.environ, [], {}).ready()
        self.assertEqual(len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0, before)


class Relay(unittest.TestCase):
    def setUp(self) -> None:
        self.target = socket.create_server(("127.0.0.1", 0))
        self.public = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.target.close)
        threading.Thread(target=self._echo, daemon=True).start()

    def relay(self, tls: dict[str, str] | None) -> None:
        threading.Thread(target=relay, args=([self.public], self.target.getsockname(), tls, threading.Event()), daemon=True).start()

    def _echo(self) -> None:
        while True:
            try:
                connection, _ = self.target.accept()
            except OSError:
                return
            with connection:
                while piece := connection.recv(65_536):
                    connection.sendall(piece)

    def exchange(self, connection: socket.socket, close: Any) -> bytes:
        sent = os.urandom(1_000_000)
        threading.Thread(target=lambda: (connection.sendall(sent), close(connection)), daemon=True).start()
        received = b""
        while len(received) < len(sent):
            piece = connection.recv(65_536)
            if not piece:
                break
            received += piece
        self.assertTrue(received == sent, f"{len(received)} bytes of {len(sent)} came back")
        return received

    def test_bytes_pass_both_ways(self) -> None:
        """the relay passes what it gets in both directions, and the end of each"""
        self.relay(None)
        with socket.create_connection(self.public.getsockname(), timeout=60) as connection:
            self.exchange(connection, lambda one: one.shutdown(socket.SHUT_WR))
            self.assertEqual(connection.recv(1), b"")

    def test_tls_ends_at_the_relay(self) -> None:
        """the relay ends TLS with the files of Streamlit's options"""
        with tempfile.TemporaryDirectory() as directory:
            key, cert = f"{directory}/key.pem", f"{directory}/cert.pem"
            openssl = os.environ.get("OPENSSL_PATH", "openssl")
            command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
            subprocess.run([*command, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
            self.relay({"cert": cert, "key": key})
            context = ssl.create_default_context(cafile=cert)
            context.check_hostname = False
            sent = os.urandom(1_000_000)
            received = asyncio.run(self.tls_exchange(context, sent))
            self.assertTrue(received == sent, f"{len(received)} bytes came back")

    async def tls_exchange(self, context: ssl.SSLContext, sent: bytes) -> bytes:
        # Two threads must not use one TLS connection, so this one reads and writes in turns.
        reader, writer = await asyncio.open_connection(*self.public.getsockname(), ssl=context)
        writer.write(sent)
        received, _ = await asyncio.gather(reader.readexactly(len(sent)), writer.drain())
        writer.close()
        await writer.wait_closed()
        return received


class Windows(unittest.TestCase):
    def test_one_line(self) -> None:
        """on Windows, which hands no socket over, one line says so and nothing is hooked"""
        self.addCleanup(make_sessions, None)
        told: list[str] = []
        with mock.patch("persist_session.plain.arm.os") as fake, mock.patch("persist_session.plain.alone.tell", told.append):
            fake.name = "nt"
            arm_function("app.py", None)
        self.assertEqual(len(told), 1)
        self.assertIn("Start the app in WSL.", told[0])
        self.assertIn("Until then Streamlit runs without us", told[0])


if __name__ == "__main__":
    unittest.main()
