"""Makes or completes a virtual environment: python -I make_venv.py DIRECTORY REQUIREMENT ...

Several may run at once: the system's own lock lets one work while the others wait, and a killed one
leaves no lock behind. What has been installed stands in DIRECTORY/.installed, one requirement a
line, so that a look at that is enough later on.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import IO

# Whether an interpreter starts and finds what was installed for it: the one it was made from may
# have been removed since, or be another version by now.
WORKS = (
    "import os, sys, sysconfig; "
    "sys.exit(sys.version_info < (3, 10) or not os.path.isdir(sysconfig.get_path('purelib')))"
)


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


def succeeds(python: str, *args: str) -> bool:
    try:
        # Isolated: no variable of the user's names other packages.
        return (
            subprocess.run([python, "-I", *args], check=False, capture_output=True).returncode == 0
        )
    except OSError:
        return False


def half_installed(directory: Path) -> bool:
    """Whether pip was killed on the way: it writes a package's RECORD last, and takes one without
    it for installed."""
    return any(
        not (info / "RECORD").exists()
        for library in ("lib/python*", "Lib")
        for info in directory.glob(f"{library}/site-packages/*.dist-info")
    )


def name_of(requirement: str) -> str:
    """A package's name as the index compares names."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def read_installed(directory: Path) -> list[str]:
    try:
        return (directory / ".installed").read_text("utf-8").splitlines()
    except OSError:
        return []


def install(directory: Path, requirements: list[str]) -> int:
    """Installs what is not there yet. While pip works, and after it has failed, nothing counts as
    installed."""
    marker = directory / ".installed"
    before = read_installed(directory)
    if set(requirements) <= set(before):
        return 0  # another process has just done it
    marker.unlink(missing_ok=True)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    command = [interpreter(directory), "-I", "-m", "pip", "install", *quiet, *requirements]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        sys.stderr.write(result.stdout + result.stderr)
        return result.returncode
    # What was asked of the same packages before may not hold any more.
    names = {name_of(requirement) for requirement in requirements}
    kept = [other for other in before if name_of(other) not in names]
    draft = directory / ".installed.draft"
    draft.write_text("".join(f"{line}\n" for line in [*kept, *requirements]), "utf-8")
    draft.replace(marker)
    return 0


def make(directory: Path, unfinished: Path) -> None:
    """Has an environment with pip there: the present one, unless that is of no use any more."""
    python = interpreter(directory)
    if unfinished.exists() or half_installed(directory) or not succeeds(python, "-c", WORKS):
        unfinished.touch()
        venv.EnvBuilder(
            clear=directory.exists(), with_pip=True, symlinks=os.name != "nt"
        ).create(directory)
        unfinished.unlink()
    elif not succeeds(python, "-c", "import pip"):
        # An environment that uv made has no pip of its own.
        subprocess.run([python, "-I", "-m", "ensurepip"], check=True, stdout=sys.stderr)


def main() -> int:
    directory = Path(sys.argv[1])
    beside = directory.parent / ".cache"
    with lock(beside / f"{directory.name}.lock"):
        make(directory, beside / f"{directory.name}.unfinished")
        return install(directory, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
