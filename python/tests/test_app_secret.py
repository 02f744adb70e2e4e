"""The secret that an app keeps in `st.secrets`, for a gateway that Streamlit's own process starts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

_CODE = """
from persist_session.errors import PersistError
from persist_session.streamlit.start import with_app_secret
import json, sys
try:
    print(json.dumps(with_app_secret(json.loads(sys.argv[1]))))
except PersistError as error:
    print(error.code)
"""
_NAME = "STREAMLIT_PERSIST_SECRET_KEY"


class AppSecret(unittest.TestCase):
    def answer(self, toml: str | None, environment: str = "{}") -> str:
        """In a process of its own: Streamlit reads its secrets once."""
        with tempfile.TemporaryDirectory(prefix="persist-session-secret-") as directory:
            if toml is not None:
                folder = Path(directory, ".streamlit")
                folder.mkdir()
                (folder / "secrets.toml").write_text(toml)
            path = str(Path(__file__).parents[1])
            return subprocess.run(
                [sys.executable, "-c", _CODE, environment],
                cwd=directory,
                env={**os.environ, "HOME": directory, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
            ).stdout.strip()

    def test_it_is_handed_on_unless_the_operator_has_given_one(self) -> None:
        toml = 'persist_secret_key = "a passphrase of the app"\n'
        self.assertEqual(self.answer(toml), f'{{"{_NAME}": "a passphrase of the app"}}')
        # st.secrets comes before the environment.
        self.assertEqual(self.answer(toml, f'{{"{_NAME}": "x"}}'), f'{{"{_NAME}": "a passphrase of the app"}}')
        self.assertEqual(self.answer(toml, '{"PERSIST_SESSION_SECRET": "x"}'), '{"PERSIST_SESSION_SECRET": "x"}')

    def test_without_one_the_environment_is_as_it_was(self) -> None:
        for toml in (None, "password = 1\n", "this is no TOML\n"):
            self.assertEqual(self.answer(toml, '{"A": "b"}'), '{"A": "b"}')

    def test_one_that_cannot_be_read_is_an_error(self) -> None:
        self.assertEqual(self.answer('persist_secret_key = "a passphrase\n'), "ERR_SECRET_FILE")
        self.assertEqual(self.answer("persist_secret_key = 7\n"), "ERR_OPTION_INVALID")


if __name__ == "__main__":
    unittest.main()
