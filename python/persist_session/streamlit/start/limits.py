"""Limits of the operating system."""

from __future__ import annotations

_ENOUGH = 65_536


def raise_open_files() -> None:
    """Raises the limit of open files as far as this user may: each retained session holds
    several."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _ENOUGH:
        return
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    # macOS refuses what is above a limit of its kernel, which it does not tell here.
    for limit in (wanted, 10_240):
        if limit <= soft:
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (OSError, ValueError):
            continue
        return
