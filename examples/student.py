#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program in the place of a student's code: it gives the motor what the driver
does with the gamepad, but stops before the wall, both by shared memory; and it
goes through a little plan, over and over, says what it does, and moves the arm
(arm_service.cpp) by remote calls. The arm calls back when it has arrived.
SIGTERM ends it, with the robot at rest."""

import itertools
import os
import signal
import sys
import time

try:
    import cbor2
    import zmq
except ImportError:
    zmq = None  # no remote calls, then
try:
    from robot_runtime import buffers
except (ImportError, OSError):
    buffers = None  # no devices, then

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

NAME = os.environ.get("RR_APPLICATION_NAME", "student")


def connect(variable: str, identity: str):
    """A socket at the runtime's router: one variable lists the addresses for
    clients, another one those for services. An ipc address is the quickest."""
    addresses = os.environ[variable].split()
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.identity = identity.encode()
    socket.probe_router = 1
    socket.linger = 0
    socket.connect(min(addresses, key=lambda x: not x.startswith("ipc:")))
    return socket


class RemoteCalls:
    """Calls methods of others, and answers calls of its own."""

    def __init__(self, methods: dict):
        self.methods = methods
        self.client = connect("RR_ROUTER_FRONTEND", f"{NAME}-client")
        self.service = connect("RR_ROUTER_BACKEND", f"{NAME}-service")
        self.ids = itertools.count(1)

    def call(self, service: str, method: str, *args):
        """Sends a request; the answer is printed when it comes."""
        payload = cbor2.dumps([0, next(self.ids), method, args])
        self.client.send_multipart([service.encode(), payload], zmq.NOBLOCK)

    def spin(self, seconds: float):
        """Deals with what comes in for that long."""
        poller = zmq.Poller()
        poller.register(self.client)
        poller.register(self.service)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready = dict(poller.poll(left * 1000))
            if ready.get(self.client, 0) & zmq.POLLIN:
                self.take_answer(*self.client.recv_multipart())
            if ready.get(self.service, 0) & zmq.POLLIN:
                self.take_call(*self.service.recv_multipart())

    def take_answer(self, service: bytes, payload: bytes):
        _, _, error, result = cbor2.loads(payload)
        print(f"{service.decode()} answers {error or result}")

    def take_call(self, client: bytes, payload: bytes):
        kind, *call = cbor2.loads(payload)
        if kind != 0:
            return  # a notification, which this program has no method for
        id_, name, args = call
        if method := self.methods.get(name):
            answer = [1, id_, None, method(*args)]
        else:
            error = ["no such method exists", {"method": name}]
            answer = [1, id_, error, None]
        self.service.send_multipart([client, cbor2.dumps(answer)])


class Rover:
    """The robot's motor, its eye, and the driver's hand."""

    def __init__(self):
        self.motor = buffers.open("motor", LEFT_MOTOR, create=True)
        self.eye = buffers.open("distance-sensor", FRONT_DISTANCE, create=True)
        self.gamepad = buffers.open("gamepad", 0, create=True)

    def drive(self):
        """A driver who is gone leaves the gamepad at rest."""
        speed = self.gamepad.get("joystick_left_y")
        if speed > 0 and self.eye.get("distance") < WALL:
            speed = 0.0
        self.motor.write("duty_cycle", speed)

    def stop(self):
        try:
            self.motor.write("duty_cycle", 0.0)
        except buffers.BufferError:
            pass  # the robot is gone already, and its motor at rest


def arrived(angle: float) -> str:
    print(f"the arm has arrived at {angle:g} degrees")
    return "thank you"


def run(seconds: float, rover, calls):
    """Drives and answers calls for that long."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if rover:
            rover.drive()
        if calls:
            calls.spin(min(PERIOD, left))
        else:
            time.sleep(min(PERIOD, left))


def main():
    # A pipe is fully buffered unless told otherwise.
    sys.stdout.reconfigure(line_buffering=True)
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    rover = calls = None
    try:
        print(f"hello from {NAME}")
        if zmq and "RR_ROUTER_FRONTEND" in os.environ:
            calls = RemoteCalls({"arrived": arrived})
        if buffers and os.environ.get("RR_DEVICE_CATALOG"):
            rover = Rover()
        for step, seconds, angle in itertools.cycle(PLAN):
            print(step)
            if calls:
                calls.call("arm-service", "move_to", angle)
            run(seconds, rover, calls)
    finally:
        if rover:
            rover.stop()
        print("stopping: the wheels stand still")


if __name__ == "__main__":
    main()
