"""The threads that store the session states of tabs."""

from __future__ import annotations

import threading
import time
import unittest
from collections.abc import Callable
from unittest import mock

from persist_session.streamlit.kept.worker import MAX_THREADS, Worker

from .waiting import MAX_WAIT, until


class Working(unittest.TestCase):
    def setUp(self) -> None:
        self.worker = Worker()
        self.let_go = threading.Event()
        self.addCleanup(self.let_go.set)
        self.hanging: list[int] = []

    def hang(self, number: int) -> Callable[[], None]:
        def task() -> None:
            self.hanging.append(number)
            self.let_go.wait(MAX_WAIT)

        return task

    def test_tabs_that_hang(self) -> None:
        """tabs whose part of the store hangs do not keep another one from being stored"""
        for number in range(MAX_THREADS - 1):
            self.worker.at(time.monotonic(), self.hang(number))
        until("all hang", lambda: len(self.hanging) == MAX_THREADS - 1)
        stored = threading.Event()
        self.worker.at(time.monotonic(), stored.set)
        self.assertTrue(stored.wait(MAX_WAIT))
        self.let_go.set()
        until("the threads that are not needed have ended", lambda: len(self.worker._threads) <= 2)
        self.worker.at(time.monotonic(), stored.clear)
        until("it is still at work", lambda: not stored.is_set())

    def test_more_tabs_that_hang_than_threads(self) -> None:
        """there is a bound to the threads, and what waits for one is called in the end"""
        for number in range(MAX_THREADS + 5):
            self.worker.at(time.monotonic(), self.hang(number))
        until("all threads are busy", lambda: len(self.hanging) == MAX_THREADS)
        self.assertEqual(len(self.worker._threads), MAX_THREADS)
        self.let_go.set()
        until("all were called", lambda: len(self.hanging) == MAX_THREADS + 5)

    def test_one_tab_at_a_time(self) -> None:
        """a tab that hangs and has changed again is not stored twice at a time, but again when the first time is over"""
        task = self.hang(1)
        self.worker.at(time.monotonic(), task)
        until("it hangs", lambda: self.hanging == [1])
        self.worker.at(time.monotonic(), task)
        for _ in range(3):
            stored = threading.Event()
            self.worker.at(time.monotonic(), stored.set)
            self.assertTrue(stored.wait(MAX_WAIT))
        self.assertEqual(self.hanging, [1])
        self.let_go.set()
        until("it is called again", lambda: self.hanging == [1, 1])

    def test_one_after_the_other(self) -> None:
        """tabs that do not hang take no more than one thread at a time, and need no new one each"""
        with mock.patch("persist_session.streamlit.kept.worker._STUCK", 3600.0):
            busy, most, done, threads = threading.Semaphore(1), [], [], set()

            def task() -> None:
                most.append(busy.acquire(blocking=False))
                threads.add(threading.current_thread())
                time.sleep(0.001)
                busy.release()
                done.append(1)

            for _ in range(50):
                self.worker.at(time.monotonic(), lambda: task())
            until("all are done", lambda: len(done) == 50)
        self.assertTrue(all(most))
        self.assertLessEqual(len(threads), 2)

    def test_errors_and_refused_threads(self) -> None:
        """an error ends no thread, and without a second thread the first one goes on"""
        def fail() -> None:
            raise ValueError("a tab's own")

        stored = threading.Event()
        self.worker.at(time.monotonic() + 3600, stored.clear)
        with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")):
            self.worker.at(time.monotonic(), fail)
            self.worker.at(time.monotonic(), stored.set)
            self.assertTrue(stored.wait(MAX_WAIT))

    def test_no_thread_at_all(self) -> None:
        """without any thread the caller gets the error, and the next call mends it"""
        stored = threading.Event()
        with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")), self.assertRaises(RuntimeError):
            self.worker.at(time.monotonic(), stored.set)
        self.worker.at(time.monotonic() + 3600, self.hang(1))
        self.assertTrue(stored.wait(MAX_WAIT))

    def test_dropped(self) -> None:
        """what was dropped is not called"""
        stored, dropped = threading.Event(), self.hang(1)
        self.worker.at(time.monotonic() + 0.05, dropped)
        self.worker.drop(dropped)
        self.worker.at(time.monotonic() + 0.1, stored.set)
        self.assertTrue(stored.wait(MAX_WAIT))
        self.assertEqual(self.hanging, [])


if __name__ == "__main__":
    unittest.main()
