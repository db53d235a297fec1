# SPDX-License-Identifier: BSD-3-Clause
"""What a child tells its supervisor of itself, by the `sd_notify` protocol: to
robot-runtime and systemd alike.

    from robot_runtime import notify

    notify.ready()
    with notify.Watchdog() as watchdog:
        while True:
            step()
            watchdog.beat()

Where nobody listens, as `NOTIFY_SOCKET` is not set, nothing is done. Needs Python
alone, has no thread, and waits a tenth of a second at most, and not at all to say
that a program lives.
"""

from __future__ import annotations

import os
import re
import socket
import time
from typing import Optional

__all__ = [
    "Watchdog",
    "extend_timeout",
    "ready",
    "status",
    "stopping",
    "watchdog",
    "watchdog_interval",
]

# Seconds to wait for room in the listener's socket.
_PATIENCE = 0.1
# Bytes of a status that a listener takes for certain.
_LONGEST_STATUS = 2048


def ready(text: Optional[str] = None) -> bool:
    """Says that this program does its work from now on, and what it does. What
    comes `after` it starts.
    @returns whether it has been said"""
    return _say("READY=1", _status_line(text))


def status(text: str) -> bool:
    """Says in a line what this program does, for people."""
    return _say(_status_line(text))


def watchdog() -> bool:
    """Says that this program lives: at least once in `watchdog_interval`, from
    `ready` on."""
    return _say("WATCHDOG=1", patience=0.0)


def stopping() -> bool:
    """Says that this program ends, and is not to be watched any more. It has its
    `terminate-timeout` for that."""
    return _say("STOPPING=1")


def extend_timeout(seconds: float) -> bool:
    """Says that it takes so many seconds more to become ready."""
    if not seconds > 0:
        raise ValueError(f"expected seconds above 0, got {seconds!r}")
    return _say(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")


def watchdog_interval() -> Optional[float]:
    """Seconds after which a silent program has failed; none where nobody
    watches."""
    text = os.environ.get("WATCHDOG_USEC", "")
    if not re.fullmatch(r"[1-9][0-9]*", text):
        return None
    # It may be meant for the program that has started this one.
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(text) / 1e6


class Watchdog:
    """Says that this program lives each time it is asked to, but not more often
    than needed, so that a loop may `beat` at any rate. It must be the loop that
    does the work: a thread that only beats would live on when that hangs.

    As a `with` block it says at its end that the program is `stopping`."""

    def __init__(self) -> None:
        interval = watchdog_interval()
        # Twice before it is too late.
        self._interval = None if interval is None else interval / 3
        self._next = 0.0

    @property
    def interval(self) -> Optional[float]:
        """Seconds within which to `beat`; none where nobody watches."""
        return self._interval

    def beat(self) -> None:
        if self._interval is None:
            return
        now = time.monotonic()
        # Who calls once in an interval is to be heard each time.
        if now >= self._next and watchdog():
            self._next = now + self._interval / 2

    def __enter__(self) -> Watchdog:
        self.beat()
        return self

    def __exit__(self, *_: object) -> None:
        stopping()


def _status_line(text: Optional[str]) -> str:
    """A line end would begin another word of the protocol."""
    if text is None:
        return ""
    line = " ".join(re.split(r"[\r\n\0]+", text))
    data = line.encode("utf-8", "replace")[:_LONGEST_STATUS]
    return "STATUS=" + data.decode("utf-8", "ignore")


def _say(*lines: str, patience: float = _PATIENCE) -> bool:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@") or len(address) < 2:
        return False
    if address[0] == "@":
        address = "\0" + address[1:]
    said = "\n".join(line for line in lines if line).encode()
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
    try:
        with socket.socket(socket.AF_UNIX, kind) as out:
            out.settimeout(patience)
            out.sendto(said, address)
    except OSError:
        return False
    return True
