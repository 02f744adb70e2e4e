"""Runs the tests of modules one by one, as Node's test runner asks for them: python -m tests.on_request MODULE...

File descriptor 3 takes what is said, one JSON text a line: first the list of all tests, then the outcome of each. Standard input takes the
id of the next test to run. Output of a test is kept back, and shown with its traceback if it fails.
"""

from __future__ import annotations

import json
import os
import sys
import unittest
from collections.abc import Iterator
from typing import Any

Test = Any  # unittest gives its own placeholders, too, for classes and modules whose preparation fails


class Outcome(unittest.TestResult):
    """What became of one test, of its subtests and of the preparation of its class."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = True
        # One run from the first test to the last: a class is prepared once for all of its tests.
        self._testRunEntered = True
        self.skip: str | None = None

    def _restoreStdout(self) -> None:
        # The traceback holds the output already. Written out as well, it could be read as that of
        # the next test.
        self._mirrorOutput = False
        super()._restoreStdout()  # type: ignore[misc]

    def addSkip(self, test: Test, reason: str) -> None:
        super().addSkip(test, reason)
        self.skip = reason

    def take(self) -> dict[str, Any]:
        """What has been collected since the last call."""
        texts = [f"{title(test)}\n{text}" for test, text in (*self.errors, *self.failures)]
        texts += [f"{title(test)}\nThe test passes, though it is marked as one that fails." for test in self.unexpectedSuccesses]
        taken = {"failure": "\n".join(texts) or None, "skip": self.skip}
        for kept in (self.errors, self.failures, self.unexpectedSuccesses, self.skipped):
            kept.clear()
        self.skip = None
        return taken


class Running(unittest.TestSuite):
    """A suite whose tests are not known beforehand."""

    def run_one(self, test: Test, result: Outcome) -> None:
        suite = Running([test])
        suite.run(result)

    def end(self, result: Outcome) -> None:
        """The clean-up of the last class and module, as unittest itself does it at the end of a suite."""
        self._tearDownPreviousClass(None, result)  # type: ignore[attr-defined]
        self._handleModuleTearDown(result)  # type: ignore[attr-defined]


def title(test: Test) -> str:
    """A subtest is named with its parameters."""
    described = str(test).split(" ", 1)
    return described[1] if isinstance(test, unittest.case._SubTest) and len(described) == 2 else str(test)


def flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def sentence(test: unittest.TestCase) -> str:
    """`Shortage.test_none_when_there_is_enough` reads "Shortage: none when there is enough"."""
    if isinstance(test, unittest.loader._FailedTest):  # type: ignore[attr-defined]
        return "can be imported"
    *_, group, name = test.id().split(".")
    return f"{group}: {name.removeprefix('test_').replace('_', ' ')}"


def main(modules: list[str]) -> None:
    # Under this name no process that a test starts has it.
    out = os.fdopen(os.dup(3), "w", encoding="utf-8", buffering=1)
    os.close(3)

    def say(message: Any) -> None:
        out.write(json.dumps(message) + "\n")

    loaded = {module: list(flat(unittest.defaultTestLoader.loadTestsFromName(f"tests.{module}"))) for module in modules}
    tests = {f"{module} {at}": test for module, found in loaded.items() for at, test in enumerate(found)}
    say([{"id": key, "module": key.split(" ")[0], "name": sentence(test)} for key, test in tests.items()])
    suite, result = Running(), Outcome()
    for line in sys.stdin:
        suite.run_one(tests[line.strip()], result)
        say(result.take())
    suite.end(result)
    say(result.take())


if __name__ == "__main__":
    main(sys.argv[1:])
