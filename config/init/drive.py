#!/usr/bin/python3
"""Drives the left motor as the first gamepad's left stick says. Every line that
it prints is an event of the robot's log."""

import json
import signal
import sys
import time

try:
    from robot_runtime import buffers
except (ImportError, OSError):
    buffers = None  # the package is not installed: no devices, then

PERIOD = 0.02  # seconds between two looks at the gamepad


def tell(event, level="info", **fields):
    """A line of text does as well; as JSON it may carry a level and fields."""
    print(json.dumps({"event": event, "level": level, **fields}), flush=True)


def drive(motor, gamepad):
    told = None
    while True:
        # What this program wants of the motor ...
        motor.write("duty_cycle", gamepad.get("joystick_left_y"))
        # ... and what is to be done: the safe value while the robot is stopped.
        power = motor.requested("duty_cycle")
        # Here the real motor would get it.
        motor.set("duty_cycle", power)
        if power != told:
            tell(f"motor at {power:.2f}")
            told = power
        time.sleep(PERIOD)


def drive_nothing():
    tell("no devices: the package robot_runtime is not there", "warning")
    while True:
        time.sleep(5)
        tell("still here")


def main():
    # So the runtime ends a program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    tell("drive begins")
    try:
        if buffers is None:
            drive_nothing()
        with buffers.open("motor", "left-motor", create=True) as motor:
            motor.set_connected(True)
            with buffers.open("gamepad", 0, create=True) as gamepad:
                drive(motor, gamepad)
    finally:
        tell("drive ends")


if __name__ == "__main__":
    main()
