"""No tests of the binding: each way in which a test can end, for test/python/runner.test.ts."""

from __future__ import annotations

import importlib.util
import os
import sys
import unittest


class Outcomes(unittest.TestCase):
    prepared = 0

    @classmethod
    def setUpClass(cls) -> None:
        cls.prepared += 1

    def test_1_passes(self) -> None:
        print("what a test prints is shown only if it fails")
        self.assertEqual(self.prepared, 1)

    def test_2_fails(self) -> None:
        print("printed before the failure")
        self.assertEqual(1 + 1, 3)

    def test_3_has_subtests_that_fail(self) -> None:
        for number in (1, 2, 3):
            with self.subTest("odd", number=number):
                self.assertEqual(number % 2, 0)

    @unittest.skip("there is a reason")
    def test_4_is_skipped(self) -> None: ...

    @unittest.expectedFailure
    def test_5_passes_unexpectedly(self) -> None: ...

    def test_6_comes_after_all_that_and_passes(self) -> None:
        self.assertEqual(self.prepared, 1)

    @unittest.skipUnless(importlib.util.find_spec("hypothesis"), "needs hypothesis")
    def test_7_hypothesis_has_no_deadline_and_repeats_its_examples(self) -> None:
        from hypothesis import settings

        self.assertIsNone(settings().deadline)
        self.assertTrue(settings().derandomize)


class Unprepared(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        raise RuntimeError("the preparation fails")

    def test_1_cannot_run(self) -> None: ...


class Zapped(unittest.TestCase):
    def test_1_ends_the_process(self) -> None:
        print("the last words", file=sys.__stderr__, flush=True)
        os._exit(3)

    def test_2_finds_no_process(self) -> None: ...
