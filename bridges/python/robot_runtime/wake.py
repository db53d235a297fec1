# SPDX-License-Identifier: BSD-3-Clause
"""What wakes a thread that polls sockets."""

from __future__ import annotations

import os

__all__ = ["Wake"]


class Wake:
    """A pipe to poll for reading. Any thread, and a handler of signals, may
    `set` it: nobody waits."""

    def __init__(self) -> None:
        flags = os.O_NONBLOCK | os.O_CLOEXEC
        self._read, self.write_end = os.pipe2(flags)
        self._is_set = False

    def fileno(self) -> int:
        return self._read

    def set(self) -> None:
        if not self._is_set:
            self._is_set = True
            try:
                os.write(self.write_end, b"\0")
            except BlockingIOError:
                pass  # there is enough in it to wake anybody

    def clear(self) -> None:
        """To be called before looking at what there is to do."""
        try:
            os.read(self._read, 4096)
        except BlockingIOError:
            pass
        self._is_set = False

    def __del__(self) -> None:
        # Not before everybody has let go of it: its number is used again.
        os.close(self._read)
        os.close(self.write_end)
