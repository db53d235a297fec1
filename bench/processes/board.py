# SPDX-License-Identifier: BSD-3-Clause
"""The shared file in which the programs of a benchmark leave their times."""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
from dataclasses import dataclass
from pathlib import Path

SYS_FUTEX = {"x86_64": 202}.get(platform.machine(), 98)
FUTEX_WAKE = 1

# The layout of board.h.
HEADER = struct.Struct("=II qq 5q")
SLOT = struct.Struct("=Ii qqqq 3q")


@dataclass
class Slot:
    """What one child has left on the board; times in nanoseconds."""

    turn: int
    pid: int
    first_monotonic: int
    end_monotonic: int
    end_realtime: int
    reaped_realtime: int


class Board:
    """The shared file in which the children of one run leave their times."""

    def __init__(self, path: Path, expected: int):
        self.path = path
        self.expected = expected
        size = HEADER.size + expected * SLOT.size
        with open(path, "wb") as file:
            file.write(struct.pack("=I", expected).ljust(size, b"\0"))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), size)

    def header(self) -> tuple[int, int, int]:
        """How many children are there, and when the run was executed, by
        CLOCK_MONOTONIC and CLOCK_REALTIME."""
        _, ready, monotonic, realtime, *_ = HEADER.unpack_from(self.memory)
        return ready, monotonic, realtime

    def arrive(self) -> None:
        """Counts as a child that is there, and wakes those that wait for all;
        only when all others are."""
        ready = ctypes.c_uint32.from_buffer(self.memory, struct.calcsize("=I"))
        ready.value += 1
        ctypes.CDLL(None).syscall(
            SYS_FUTEX, ctypes.byref(ready), FUTEX_WAKE, 2**31 - 1)

    def slots(self) -> list[Slot]:
        return [
            Slot(*SLOT.unpack_from(self.memory, HEADER.size + i * SLOT.size)[:6])
            for i in range(self.expected)
        ]
