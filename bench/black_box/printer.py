# SPDX-License-Identifier: BSD-3-Clause
"""Prints so many lines a second, a hundredth of them at a time.
usage: printer.py RATE"""

import sys
import time

rate, part, due = int(sys.argv[1]), 0, time.monotonic()
while True:
    lines = [b"value %d of a sensor: 0.%06d, and all is well" % (part, i)
             for i in range(rate // 100)]
    sys.stdout.buffer.write(b"\n".join(lines) + b"\n")
    sys.stdout.buffer.flush()
    part += 1
    due += 0.01
    time.sleep(max(0, due - time.monotonic()))
