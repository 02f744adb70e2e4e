"""Makes or completes a virtual environment: python make_venv.py DIRECTORY PACKAGE ...

Several may run at once: the system's own lock lets one work while the others wait, and a killed one
leaves no lock behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import IO


def lock(path: Path) -> IO[str]:
    """Waits until no other process holds the lock. It ends with the process, or when the file is
    closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        import fcntl
    except ImportError:  # Windows: one at a time is left to the caller
        return file
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def interpreter(directory: Path) -> str:
    return str(directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def works(python: str) -> bool:
    """Whether it is an interpreter that starts: the one it was made from may have been removed
    since."""
    try:
        code = "import sys; sys.exit(sys.version_info < (3, 10))"
        return (
            subprocess.run([python, "-c", code], check=False, capture_output=True).returncode == 0
        )
    except OSError:
        return False


def main() -> int:
    directory = Path(sys.argv[1])
    packages = sys.argv[2:]
    python = interpreter(directory)
    with lock(directory.parent / ".cache" / f"{directory.name}.lock"):
        if not works(python):
            venv.EnvBuilder(clear=directory.exists(), with_pip=True).create(directory)
        elif (
            subprocess.run(
                [python, "-c", "import pip"], check=False, capture_output=True
            ).returncode
            != 0
        ):
            # An environment that uv made has no pip of its own.
            subprocess.run([python, "-m", "ensurepip"], check=True, stdout=sys.stderr)
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        command = [python, "-m", "pip", "install", *quiet, *packages]
        installed = subprocess.run(command, check=False, capture_output=True, text=True)
        if installed.returncode != 0:
            sys.stderr.write(installed.stdout + installed.stderr)
        return installed.returncode


if __name__ == "__main__":
    sys.exit(main())
