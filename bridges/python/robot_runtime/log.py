# SPDX-License-Identifier: BSD-3-Clause
"""A handler for `logging` that writes to the robot's log.

    import logging
    from robot_runtime import log

    log.install()
    logging.info("arm is warm", extra={"celsius": 41.5})

Under a runtime events are published to it; where `RR_LOG_BACKEND` is not set
they are lines of JSON on standard output, which need not be read.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from typing import Any, Optional

import zmq

from robot_runtime import environment
from robot_runtime.environment import Addresses
from robot_runtime.log_event import LEVELS, event_of, origin, timestamp
from robot_runtime.log_output import Lines, Output, Publication
from robot_runtime.wake import Wake

__all__ = ["Handler", "install"]

_LOCAL = "transmit"
# Seconds that the program's end waits for its last events, at most, and then for
# what libzmq still has of them.
_LONGEST_FLUSH = 1.0
_LONGEST_CLOSE = 0.5
# Seconds between two looks whether they have left.
_STEP = 0.002
# Milliseconds until an output that had no room is tried again.
_PAUSE = 10

_NUMBERS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


def _level() -> int:
    text = os.environ.get("RR_LOG_LEVEL") or "info"
    if text not in _NUMBERS:
        raise ValueError(
            f"environment: RR_LOG_LEVEL: expected one of {', '.join(LEVELS)}, "
            f"got {text!r}"
        )
    return _NUMBERS[text]


class _Queue:
    """Events on their way from the program to a thread of their own. What the
    program calls takes no lock: a handler of signals may interrupt it."""

    def __init__(self, most: int, addresses: Addresses):
        self._most = most
        self._events: deque[dict[str, Any]] = deque()
        # Those that found no room, by level, and of these, those that the log
        # has been told of.
        self._lost = dict.fromkeys(LEVELS, 0)
        self._told = dict.fromkeys(LEVELS, 0)
        self._wake = Wake()
        self._ends = False
        self._source = environment.unique("")
        self._numbers = dict.fromkeys(LEVELS, 0)
        self._output = _open_output(addresses, most)
        self._thread = threading.Thread(
            target=self._run, name="robot-log", daemon=True
        )
        self._thread.start()

    def put(self, event: dict[str, Any]) -> None:
        if len(self._events) >= self._most:
            self._lost[event["level"]] += 1
            return
        self._events.append(event)
        self._wake.set()

    def flush(self) -> None:
        end = time.monotonic() + _LONGEST_FLUSH
        while self._events or self._lost != self._told:
            if time.monotonic() >= end:
                return
            time.sleep(_STEP)

    def close(self) -> None:
        self._ends = True
        self._wake.set()
        self._thread.join(_LONGEST_CLOSE)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._wake.fileno(), zmq.POLLIN)
        for each in self._output.descriptors():
            poller.register(each, zmq.POLLIN)
        pause: Optional[int] = None
        while not self._ends:
            poller.poll(pause)
            self._wake.clear()
            pause = None
            if self._output.is_open() and not self._drain():
                pause = _PAUSE
        self._output.close()

    def _drain(self) -> bool:
        """@returns false when there is no more room"""
        while self._events:
            # It counts as one that waits until it has left.
            if not self._write(self._events[0]):
                return False
            self._events.popleft()
        return self._tell_lost()

    def _write(self, event: dict[str, Any]) -> bool:
        level = event["level"]
        number = self._numbers[level] + 1
        told = {**event, "source": self._source, "seq": number}
        if not self._output.write(told):
            return False
        self._numbers[level] = number
        return True

    def _tell_lost(self) -> bool:
        """What was lost has numbers, too, for readers to miss."""
        lost = dict(self._lost)
        count = sum(lost.values()) - sum(self._told.values())
        if count == 0:
            return True
        report = {
            "event": "Log events dropped",
            "level": "warning",
            "timestamp": timestamp(time.time()),
            **origin(),
            "sink": "publisher",
            "count": count,
        }
        before = dict(self._numbers)
        for level in LEVELS:
            self._numbers[level] += lost[level] - self._told[level]
        if not self._write(report):
            self._numbers = before
            return False
        self._told = lost
        return True


def _open_output(addresses: Addresses, queue: int) -> Output:
    if addresses is None and not os.environ.get("RR_LOG_BACKEND"):
        return Lines()
    address = environment.connection("RR_LOG_BACKEND", addresses)
    return Publication(address, queue)


class Handler(logging.Handler):
    """Publishes what it is given as events of this program, with what `extra`
    has as fields beside `event`, `level`, `timestamp`, `app` and `logger`, and
    an exception as `traceback`. A field `transmit` that is false keeps an event
    from being published.

    It never waits: events go through a queue of `queue` places (else
    `log.queue` of the configuration), and a thread of its own. What finds no
    room there is dropped, and the number of these is itself an event, `Log
    events dropped`. Before the runtime's log is there, events wait in the queue.
    The program's end waits for the last of them, a second at most; one that is
    killed loses what is in the queue.

    A handler of signals may log. After a fork the child has a queue and a thread
    of its own, and a `source` of its own in its events.

    @param address of the log's backend, if it is not that of `RR_LOG_BACKEND`"""

    def __init__(
        self,
        level: int | str = logging.NOTSET,
        *,
        queue: Optional[int] = None,
        address: Addresses = None,
    ):
        super().__init__(level)
        if queue is None:
            queue = environment.number("RR_LOG_QUEUE", 512)
        if queue < 1:
            raise ValueError(f"queue: expected 1 or more, got {queue!r}")
        self._most = queue
        self._address = address
        self._pid = os.getpid()
        self._queue: Optional[_Queue] = _Queue(queue, address)

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, _LOCAL, True) is False:
            return
        try:
            queue = self._own_queue()
            if queue is not None:
                queue.put(event_of(record, self._text(record)))
        except Exception:  # as every handler does
            self.handleError(record)

    def flush(self) -> None:
        """Waits until events have left, a second at most; no handler of signals
        may do it."""
        queue = self._queue
        if queue is not None and self._pid == os.getpid():
            queue.flush()

    def close(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None and self._pid == os.getpid():
            queue.flush()
            queue.close()
        super().close()

    def _text(self, record: logging.LogRecord) -> str:
        return self.format(record) if self.formatter else record.getMessage()

    def _own_queue(self) -> Optional[_Queue]:
        """None once it is closed. A fork leaves the queue's thread behind."""
        if self._pid != os.getpid() and self._queue is not None:
            # Kept, for what is of the other process must not be closed here.
            _left_behind.append(self._queue)
            self._pid = os.getpid()
            self._queue = _Queue(self._most, self._address)
        return self._queue


_left_behind: list[_Queue] = []


def install(level: Optional[int | str] = None) -> Handler:
    """Has all of `logging` write to the robot's log, from a level on: unless told
    otherwise from `log.level` of the configuration, `info` without one. Done twice
    it changes the level alone."""
    root = logging.getLogger()
    there = [each for each in root.handlers if isinstance(each, Handler)]
    handler = there[0] if there else Handler()
    root.addHandler(handler)
    root.setLevel(_level() if level is None else level)
    return handler
