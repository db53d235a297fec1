#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The driver of a motor, in Python: does what is requested of it, and tells what
the motor does. The motor is a simulated one. SIGTERM or SIGINT stops and
unplugs it. usage: motor_driver.py UID"""

import signal
import sys
import time

from robot_runtime import buffers

# Seconds: the end of a request, or of the robot, wakes nobody.
LONGEST_WAIT = 0.01


class Motor:
    def __init__(self):
        self.duty_cycle = self.position = 0.0
        self.time = time.monotonic()

    def drive(self, duty_cycle):
        now = time.monotonic()
        self.position += self.duty_cycle * (now - self.time)
        self.time = now
        self.duty_cycle = duty_cycle


def step(buffer, motor):
    # These first: a request that comes while the motor is told stays pending.
    pending = buffer.pending_writes()
    motor.drive(buffer.requested("duty_cycle"))
    buffer.set_many(
        {"duty_cycle": motor.duty_cycle, "enc_pos": motor.position}
    )
    for name, stamp in pending.items():
        buffer.acknowledge(name, stamp)


def run(buffer, motor):
    buffer.set_connected(True)
    seen = 0
    while True:
        step(buffer, motor)
        seen = buffer.wait_for_request(seen, LONGEST_WAIT)


def main():
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    motor = Motor()
    try:
        with buffers.open("motor", sys.argv[1], create=True) as buffer:
            try:
                run(buffer, motor)
            except SystemExit:
                buffer.remove()
                raise
    except buffers.BufferError as gone:
        sys.exit(f"the motor is gone: {gone}")
    finally:
        motor.drive(0.0)
        print(f"motor off at {motor.position:.2f}")


if __name__ == "__main__":
    main()
