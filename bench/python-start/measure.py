"""What `persist-session.pth` costs a start of Python. Prints JSON: for each way to start, the
processor time of each round in ms.

Its arguments: how many rounds, the Python without our files, the same with them.
"""

import json
import os
import random
import sys
import tempfile
import time

ROUNDS, WITHOUT, WITH = int(sys.argv[1]), sys.argv[2], sys.argv[3]
WAYS = {
    "without our files": [WITHOUT, "-c", "pass"],
    "with them": [WITH, "-c", "pass"],
    "without our files, streamlit in the command line": [WITHOUT, "-c", "pass", "streamlit"],
    "with them, streamlit in the command line": [WITH, "-c", "pass", "streamlit"],
    # What Python 3.15 does for each line of a .start file.
    "with the module of the .start file": [WITH, "-c", "import _persist_session_start; _persist_session_start.start()"],
}


def cpu(command: list[str]) -> float:
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"{command} failed")
    return (usage.ru_utime + usage.ru_stime) * 1000


def line_alone() -> float:
    """The line itself, as `site` runs it, in ms."""
    text = open(os.path.join(os.path.dirname(__file__), "../../python/persist-session.pth")).read()
    begin = time.perf_counter()
    for _ in range(1000):
        exec(text)
    return time.perf_counter() - begin


def scan(modules: int) -> float:
    """Whether an app of this many modules imports us, in ms: it does not, so all are read."""
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../python"))
    from _persist_session_start.sources import imports_us

    with tempfile.TemporaryDirectory() as directory:
        for number in range(modules):
            body = "".join(f"def f{at}(x):\n    return x + {at}\n\n\n" for at in range(60))
            with open(f"{directory}/m{number}.py", "w") as file:
                file.write(f"import os\nimport m{number + 1}\nimport m0\n\n{body}")
        os.rename(f"{directory}/m0.py", f"{directory}/app.py")
        taken = []
        for _ in range(20):
            begin = time.perf_counter()
            imports_us(f"{directory}/app.py")
            taken.append((time.perf_counter() - begin) * 1000)
        return min(taken)


found: dict[str, list[float]] = {way: [] for way in WAYS}
for command in WAYS.values():
    cpu(command)
for _ in range(ROUNDS):
    for way in random.sample(list(WAYS), len(WAYS)):
        found[way].append(cpu(WAYS[way]))
print(json.dumps({"rounds": found, "line": line_alone(), "scan": {n: scan(n) for n in (1, 20, 200)}}))
