# SPDX-License-Identifier: BSD-3-Clause
"""What bench-wait starts as a driver in Python. usage: wait.py
FOLDER-OF-BUILT-MODULE"""

import sys
import time

sys.path.insert(0, sys.argv[1])
from robot_runtime import buffers

with buffers.open("waiter", 0) as device:
    seen = 0
    try:
        while True:
            seen = device.wait_for_request(seen)
            device.set_many({"woken": time.monotonic_ns(), "round": seen})
    except buffers.BufferError:
        pass  # the measurement is over
