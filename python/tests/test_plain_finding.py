"""Plain ``streamlit run``: how the start of Streamlit is found among the imports of a Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

START = """
import importlib, importlib.util, sys
sys.orig_argv = ["python", "streamlit", "run"]
import _persist_session_start
_persist_session_start.start()
NAME = "streamlit.web.bootstrap"
def finders():
    return sum(type(one).__module__ == "_persist_session_start" for one in sys.meta_path)
def imported():
    return importlib.import_module(NAME)
def times(function):
    return 1 + times(function.__wrapped__) if hasattr(function, "__wrapped__") else 0
"""


class Finding(unittest.TestCase):
    """Which imports of a Python see our hook: with packages that stand for Streamlit's."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        web = self.directory / "streamlit" / "web"
        web.mkdir(parents=True)
        (web.parent / "__init__.py").touch()
        (web / "__init__.py").touch()
        (web / "other.py").write_text("def run(main_script_path): ...")
        self.bootstrap = web / "bootstrap.py"
        self.bootstrap.write_text("def run(main_script_path): ...")

    def run_python(self, code: str, path: str | None = None) -> list[str]:
        both = os.pathsep.join((path or str(self.directory), str(Path(__file__).parent.parent)))
        environment = {**os.environ, "PYTHONPATH": both, "PYTHONWARNINGS": "ignore"}
        for name in ("PERSIST_SESSION_LAUNCH", "PERSIST_SESSION_SERVICE"):
            environment.pop(name, None)
        done = subprocess.run([sys.executable, "-c", START + code], env=environment, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_an_import(self) -> None:
        """the import is hooked, and the finder goes with it"""
        self.assertEqual(self.run_python("print(times(imported().run), finders())"), ["1", "0"])

    def test_a_look(self) -> None:
        """however often the module is only looked for, its import is hooked once"""
        code = "print(importlib.util.find_spec(NAME).name, importlib.util.find_spec(NAME) is None, finders())\nprint(times(imported().run), finders())"
        self.assertEqual(self.run_python(code), ["streamlit.web.bootstrap", "False", "1", "1", "0"])

    def test_a_look_at_one_that_is_missing(self) -> None:
        """a look before the module is there does not use the finder up"""
        text = self.bootstrap.read_text()
        self.bootstrap.unlink()
        code = f"""
print(importlib.util.find_spec(NAME))
open({str(self.bootstrap)!r}, "w").write({text!r})
importlib.invalidate_caches()
print(times(imported().run), finders())
"""
        self.assertEqual(self.run_python(code), ["None", "1", "0"])

    def test_an_import_that_fails_first(self) -> None:
        """an import that fails does not use the finder up"""
        self.bootstrap.write_text("import sys\nif not hasattr(sys, 'ready'): raise ImportError\ndef run(main_script_path): ...")
        code = "try: imported()\nexcept ImportError: print(finders())\nsys.ready = True\nprint(times(imported().run), finders())"
        self.assertEqual(self.run_python(code), ["1", "1", "0"])

    def test_a_private_copy(self) -> None:
        """a copy that is executed beside sys.modules does not use the finder up"""
        code = """
spec = importlib.util.find_spec(NAME)
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(finders(), times(imported().run), finders())
"""
        self.assertEqual(self.run_python(code), ["1", "1", "0"])

    def test_a_loader_of_many_modules(self) -> None:
        """a zip archive has one loader for all modules: only the one module is hooked, and once"""
        archive = self.directory / "all.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in (self.directory / "streamlit").rglob("*.py"):
                file.write(path, path.relative_to(self.directory))
        code = """
importlib.util.find_spec(NAME), importlib.util.find_spec(NAME)
import streamlit.web.other
print(times(streamlit.web.other.run), times(imported().run), finders())
"""
        self.assertEqual(self.run_python(code, str(archive)), ["0", "1", "0"])

    def test_an_older_finder(self) -> None:
        """a finder without find_spec, which Python itself passes over, is passed over"""
        code = "class Old:\n    def find_module(self, name, path=None): ...\nsys.meta_path.insert(1, Old())\nprint(times(imported().run), finders())"
        self.assertEqual(self.run_python(code), ["1", "0"])


if __name__ == "__main__":
    unittest.main()
