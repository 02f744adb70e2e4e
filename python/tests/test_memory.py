"""Whether memory is short, as Linux tells it of the machine, of a container and of this process."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from persist_session.streamlit.resume.memory import shortage

MIB = 1 << 20


class Machine:
    """The files in which Linux reports its memory."""

    def __init__(self, total: int, free: int) -> None:
        # Removed with the machine.
        self._directory = tempfile.TemporaryDirectory(prefix="persist-session-machine-", ignore_cleanup_errors=True)
        self.root = Path(self._directory.name)
        self.write("proc/meminfo", f"MemTotal: {total >> 10} kB\nMemAvailable: {free >> 10} kB\nHugePages_Total: 0\n")
        self.write("proc/self/statm", "9999 5000 100 1 0 100 0\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Shortage(unittest.TestCase):
    def test_none_when_there_is_enough(self) -> None:
        machine = Machine(1000 * MIB, 500 * MIB)
        self.assertIsNone(shortage(machine.root))

    def test_none_where_nothing_is_known(self) -> None:
        self.assertIsNone(shortage(Path("/no/such/place")))

    def test_told_when_little_of_the_machine_is_free(self) -> None:
        machine = Machine(1000 * MIB, 99 * MIB)
        self.assertEqual(shortage(machine.root), "99 MiB of 1000 MiB are free")

    def test_told_when_this_process_has_grown_large(self) -> None:
        machine = Machine(25 * MIB, 20 * MIB)
        self.assertEqual(shortage(machine.root), "this process holds 19 MiB of 25 MiB")

    def test_counts_the_limit_of_the_container_and_not_its_file_cache(self) -> None:
        machine = Machine(100_000 * MIB, 90_000 * MIB)
        machine.write("proc/self/cgroup", "0::/app.slice\n")
        group = "sys/fs/cgroup/app.slice"
        machine.write(f"{group}/memory.max", f"{500 * MIB}\n")
        machine.write(f"{group}/memory.current", f"{480 * MIB}\n")
        machine.write(f"{group}/memory.stat", f"anon 1\ninactive_file {100 * MIB}\n")
        self.assertIsNone(shortage(machine.root))
        machine.write(f"{group}/memory.stat", f"anon 1\ninactive_file {10 * MIB}\n")
        self.assertEqual(shortage(machine.root), "30 MiB of 500 MiB are free")

    def test_counts_the_older_form_of_such_a_limit(self) -> None:
        machine = Machine(100_000 * MIB, 90_000 * MIB)
        group = "sys/fs/cgroup/memory"
        machine.write(f"{group}/memory.limit_in_bytes", f"{500 * MIB}\n")
        machine.write(f"{group}/memory.usage_in_bytes", f"{490 * MIB}\n")
        machine.write(f"{group}/memory.stat", "total_inactive_file 0\n")
        self.assertEqual(shortage(machine.root), "10 MiB of 500 MiB are free")


if __name__ == "__main__":
    unittest.main()
