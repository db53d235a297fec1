#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program in the place of a student's code: it drives through a little plan,
over and over, and says what it does. SIGTERM ends it, with the robot at rest."""

import itertools
import os
import signal
import sys

# What to do, and for how many seconds.
PLAN = [
    ("drive forward", 2.0),
    ("turn left", 1.0),
    ("look for the line", 1.5),
]

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def stop_wanted(seconds: float) -> bool:
    """Waits that long, or until the runtime wants this program to end."""
    return signal.sigtimedwait(STOP_SIGNALS, seconds) is not None


def main() -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    # A pipe is fully buffered unless told otherwise.
    sys.stdout.reconfigure(line_buffering=True)
    print(f"hello from {os.environ.get('RR_APPLICATION_NAME', 'student')}")
    for step, seconds in itertools.cycle(PLAN):
        print(step)
        if stop_wanted(seconds):
            print("stopping: the wheels stand still")
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
