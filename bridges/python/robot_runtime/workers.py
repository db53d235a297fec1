# SPDX-License-Identifier: BSD-3-Clause
"""Threads for functions that may block."""

from __future__ import annotations

import queue
import threading
from typing import Callable, Optional

__all__ = ["Workers"]

Job = Callable[[], None]


class Workers:
    """Up to so many threads, each started when there is work for it. They hold
    up no end of the program, whatever they do."""

    def __init__(self, most: int, name: str):
        self._most = most
        self._name = name
        self._jobs: queue.SimpleQueue[Optional[Job]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        # Jobs that have been submitted, and have not ended.
        self._open = 0

    def submit(self, job: Job) -> None:
        """Has a thread run it, after those that wait. A job must not raise."""
        with self._lock:
            self._open += 1
            if self._open > len(self._threads) < self._most:
                self._threads.append(
                    threading.Thread(
                        target=self._run,
                        name=f"{self._name}-{len(self._threads) + 1}",
                        daemon=True,
                    )
                )
                self._threads[-1].start()
        self._jobs.put(job)

    def close(self) -> None:
        """No more is submitted. Threads end with what they are at."""
        for _ in self._threads:
            self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            with self._lock:
                self._open -= 1
