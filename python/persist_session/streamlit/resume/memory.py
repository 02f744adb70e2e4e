"""Checks on Linux whether memory or file descriptors are short. Elsewhere this is unknown and
counts as enough."""

from __future__ import annotations

import os
from pathlib import Path

_OWN_SHARE = 0.7
"""Above this share of all memory, this process alone is too large."""
_FREE_SHARE = 0.1
"""Below this share of all memory, too little is free, no matter which process holds the rest."""
_FILES_SHARE = 0.8
"""Above this share of the file descriptors that it may open, this process holds too many."""

_UNLIMITED = 1 << 60


def shortage(root: Path = Path("/")) -> str | None:
    """Names what is short, for the log; ``None`` if there is enough.

    All memory means the limit of the container (cgroup v2 or v1), if there is one, or else that of
    the machine.
    """
    try:
        total, free = _memory(root)
        pages = int((root / "proc/self/statm").read_text().split()[1])
        own = pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, KeyError):
        return None
    if own > total * _OWN_SHARE:
        return f"this process holds {own >> 20} MiB of {total >> 20} MiB"
    if free < total * _FREE_SHARE:
        return f"{free >> 20} MiB of {total >> 20} MiB are free"
    return _files(root)


def _memory(root: Path) -> tuple[int, int]:
    lines = (line.partition(":") for line in (root / "proc/meminfo").read_text().splitlines())
    table = {name: int(rest.split()[0]) << 10 for name, _, rest in lines}
    total, free = table["MemTotal"], table["MemAvailable"]
    limit, used = _group(root)
    return min(total, limit), min(free, max(0, limit - used))


def _group(root: Path) -> tuple[int, int]:
    """The limit and the use of the control group, without file pages that the kernel can
    reclaim."""
    groups = root / "sys/fs/cgroup"
    try:
        path = (root / "proc/self/cgroup").read_text().rpartition("::")[2].strip().lstrip("/")
    except OSError:
        path = ""
    for directory, limit, usage, cache in (
        (groups / path, "memory.max", "memory.current", "inactive_file"),
        (groups, "memory.max", "memory.current", "inactive_file"),
        (groups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        try:
            most = int((directory / limit).read_text())
            used = int((directory / usage).read_text())
            stat = dict(line.split() for line in (directory / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            # No limit is the word "max".
            continue
        return most, used - int(stat.get(cache, 0))
    return _UNLIMITED, 0


def _files(root: Path) -> str | None:
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        held = sum(1 for _ in (root / "proc/self/fd").iterdir())
    except OSError:
        return None
    if most == resource.RLIM_INFINITY or held <= most * _FILES_SHARE:
        return None
    return f"{held} of {most} file descriptors are open"
