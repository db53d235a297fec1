#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program in the place of a student's code: it gives the motor what the driver
does with the gamepad, but stops before the wall, both by shared memory; and it
goes through a little plan, over and over, says what it does, and moves the arm
(arm_service.cpp) by remote calls. The arm calls back when it has arrived.
SIGTERM ends it, with the robot at rest."""

import itertools
import signal
import sys
import threading
import time

from robot_runtime import CallError, Service, buffers, call

# What to do, for how many seconds, and where the arm is to go meanwhile.
PLAN = [
    ("reach out", 2.0, 30),
    ("fold the arm", 1.0, 0),
    ("look for the line", 1.5, -20),
]

PERIOD = 0.02  # seconds between two looks at the gamepad
WALL = 0.3  # metres that are near enough
# As in robot.ini.
LEFT_MOTOR = "0x1000000000000000001"
FRONT_DISTANCE = "0x2000000000000000001"

service = Service()


@service.method
def arrived(angle: float) -> str:
    print(f"the arm has arrived at {angle:g} degrees")
    return "thank you"


class Rover:
    """The robot's motor, its eye, and the driver's hand."""

    def __init__(self):
        self.motor = buffers.open("motor", LEFT_MOTOR, create=True)
        self.eye = buffers.open("distance-sensor", FRONT_DISTANCE, create=True)
        self.gamepad = buffers.open("gamepad", 0, create=True)

    def drive(self, seconds: float):
        """A driver who is gone leaves the gamepad at rest."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            speed = self.gamepad.get("joystick_left_y")
            if speed > 0 and self.eye.get("distance") < WALL:
                speed = 0.0
            self.motor.write("duty_cycle", speed)
            time.sleep(PERIOD)

    def stop(self):
        try:
            self.motor.write("duty_cycle", 0.0)
        except buffers.BufferError:
            pass  # the robot is gone already, and its motor at rest


def move_arm(angle: float):
    """In a thread of its own, for the wheels wait for nobody."""
    try:
        answer = call("move_to", angle, address="arm-service", timeout=0.8)
    except CallError as error:
        answer = error
    print(f"arm-service answers {answer}")


def main():
    # A pipe is fully buffered unless told otherwise.
    sys.stdout.reconfigure(line_buffering=True)
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    print(f"hello from {service.identity}")
    rover = Rover()
    try:
        service.start()
        for step, seconds, angle in itertools.cycle(PLAN):
            print(step)
            threading.Thread(target=move_arm, args=(angle,)).start()
            rover.drive(seconds)
    finally:
        rover.stop()
        print("stopping: the wheels stand still")
        service.stop()


if __name__ == "__main__":
    main()
