#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Drives a running robot from outside with whatever hypothesis thinks of: calls
and frames through the router, control datagrams, updates of gamepads, log
events. Whatever comes, each request is answered once, no gamepad leaves its
range, and the robot goes on.

usage: wire.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--for=SECONDS] [--seed=N]

Without --for the same few examples are tried each time. With it others are,
round after round, for about so long; a round that fails tells its seed. Exit
code 77: there is no hypothesis."""

import math
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

import cbor2  # noqa: E402
import zmq  # noqa: E402
from robot_case import LIMIT, RobotCase  # noqa: E402

try:
    import hypothesis
    from hypothesis import configuration
    from hypothesis import strategies as st
except ImportError:
    print("skipped: there is no hypothesis (Debian: python3-hypothesis)")
    sys.exit(77)

BROKER = b"broker-service"

# What stops a robot or its children is no fuzz; the rest is.
METHODS = (
    "get_option",
    "update_gamepads",
    "status",
    "list_uids",
    "list_services",
    "start_process",
    "restart_process",
    "ping",
    "nothing",
    "",
)


class Rounds:
    """How often, and with which seeds, examples are made."""

    seconds = 0.0
    first_seed = 0

    @classmethod
    def run(cls, check, strategy, share):
        """Calls `check` with values of `strategy`.
        @param share of the time, of one."""
        settings = dict(
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        def made(**more):
            # Anew for each round: it can be given its settings only once.
            test = hypothesis.given(strategy)(check)
            return hypothesis.settings(**settings, **more)(test)

        if not cls.seconds and not cls.first_seed:
            made(derandomize=True, max_examples=100)()
            return
        end = time.monotonic() + cls.seconds * share
        number = cls.first_seed or int.from_bytes(os.urandom(4), "little")
        while True:
            try:
                hypothesis.seed(number)(made(max_examples=500))()
            except BaseException:
                print(f"found with --seed={number}", file=sys.stderr)
                raise
            number += 1
            if time.monotonic() >= end:
                return


def values():
    """What CBOR and JSON can both carry, and some that they cannot."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text(max_size=20)
        | st.binary(max_size=20)
    )
    return st.recursive(
        leaves,
        lambda x: st.lists(x, max_size=4)
        | st.dictionaries(st.text(max_size=8), x, max_size=4),
        max_leaves=12,
    )


def numbers():
    return st.floats() | st.integers(-2, 2) | st.floats(-1.5, 1.5)


def gamepads():
    pad = st.fixed_dictionaries(
        {},
        optional={
            "lx": numbers(),
            "ly": numbers(),
            "rx": numbers(),
            "ry": numbers(),
            "btn": st.integers(0, 2**64 - 1) | values(),
            "seq": st.integers(0, 2**64 - 1),
            "time": numbers(),
        },
    )
    index = st.integers(0, 17).map(str) | st.text(max_size=3)
    return st.dictionaries(index, pad | values(), max_size=4)


@st.composite
def damaged(draw, payloads):
    """Bytes with some of them changed, left out or doubled."""
    payload = bytearray(draw(payloads))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(payload)))
        end = at + draw(st.integers(0, 4))
        payload[at:end] = draw(
            st.binary(max_size=4) | st.just(bytes(payload[at:end] * 2))
        )
    return bytes(payload)


def messages():
    """Payloads that are remote calls, or nearly."""
    ids = st.integers(0, 2**32 - 1)
    call = (
        st.tuples(st.just(0), ids, st.sampled_from(METHODS), values())
        | st.tuples(st.just(2), st.sampled_from(METHODS), values())
        | st.tuples(st.just(1), ids, st.none(), values())
    )
    return damaged((call | values()).map(cbor2.dumps)) | st.binary(max_size=64)


class Wire(RobotCase):
    def setUp(self):
        super().setUp()
        self.robot = self.start_robot("--log.level=error")
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)
        self.socket = self.connect(zmq.DEALER, "rpc.sock")
        self.next_id = 2**32 - 2**24

    def connect(self, kind, name):
        result = self.context.socket(kind)
        result.setsockopt(zmq.LINGER, 0)
        result.setsockopt(zmq.RCVTIMEO, LIMIT * 1000)
        if kind == zmq.DEALER:
            result.setsockopt(zmq.IDENTITY, f"wire-{os.getpid()}".encode())
        result.connect(f"ipc://{self.folder}/run/{name}")
        return result

    def call(self, method, args):
        """@returns what came before the answer, and the answer."""
        self.next_id += 1
        request = cbor2.dumps([0, self.next_id, method, args])
        self.socket.send_multipart([BROKER, request])
        before = []
        while True:
            sender, payload = self.socket.recv_multipart()
            self.assertEqual(sender, BROKER)
            answer = cbor2.loads(payload)
            self.check_form(answer)
            if answer[1] == self.next_id:
                return before, answer
            before.append(answer)

    def check_form(self, answer):
        kind, number, error, result = answer
        self.assertEqual(kind, 1)
        self.assertIsInstance(number, int)
        if error is not None:
            self.assertIsNone(result)
            message, context = error
            self.assertIsInstance(message, str)
            self.assertIsInstance(context, dict)

    def check_alive(self):
        self.assertIsNone(self.robot.poll(), "the robot has ended")
        before, answer = self.call("ping", [])
        self.assertEqual(answer[2:], [None, "pong"])
        return before

    def test_frames(self):
        """Any frames and payloads to the router and the service behind it."""

        def check(frames):
            self.socket.send_multipart(frames)
            # One answer at most, and it is not the ping's.
            self.assertLessEqual(len(self.check_alive()), 1)

        frame = st.binary(max_size=40) | st.just(BROKER)
        Rounds.run(
            check,
            st.lists(frame, min_size=1, max_size=4)
            | messages().map(lambda x: [BROKER, x]),
            0.35,
        )

    def test_requests(self):
        """Each request is answered once, whatever its arguments."""

        def check(request):
            method, args = request
            before, answer = self.call(method, args)
            self.assertEqual(before, [])
            if method == "ping" and not args:
                self.assertEqual(answer[3], "pong")
            self.assertEqual(self.check_alive(), [], "answered twice")

        Rounds.run(
            check,
            st.tuples(
                st.sampled_from(METHODS),
                st.lists(values() | gamepads(), max_size=3),
            ),
            0.3,
        )

    def open_gamepad(self, index):
        os.environ["RR_DEVICE_PREFIX"] = self.prefix
        # Known once `main` has been told where it is.
        from robot_runtime import buffers

        result = buffers.open("gamepad", index)
        self.addCleanup(result.close)
        return result

    def length(self, pad):
        """How far out the sticks are, the one that is farther."""
        values = pad.snapshot()
        return max(
            math.hypot(values[f"joystick_{x}_x"], values[f"joystick_{x}_y"])
            for x in ("left", "right")
        )

    def test_control(self):
        """Control datagrams: no stick is out of its range."""
        driver = self.driver()

        def packet(pads):
            return cbor2.dumps([2, "update_gamepads", [pads]])

        def check(payload):
            try:
                driver.send(payload)
            except ConnectionRefusedError:
                self.fail("nobody listens for control")
            self.assertEqual(self.check_alive(), [])
            self.assertLess(self.length(pad), 1.00001)

        def obeyed(axis):
            driver.send(packet({"0": {"lx": axis, "ly": axis}}))
            shown = self.gamepad(0)
            return shown and shown["params"]["joystick_left_x"] >= axis / 2

        # At rest first, or nobody is obeyed.
        self.wait_until(lambda: obeyed(0))
        self.wait_until(lambda: obeyed(1))
        pad = self.open_gamepad(0)
        packets = gamepads().map(packet)
        Rounds.run(check, packets | damaged(packets) | messages(), 0.25)

    def test_log(self):
        """Log events of whatever form, and what is none."""
        publisher = self.connect(zmq.PUB, "log.sock")

        def check(frames):
            publisher.send_multipart(frames)
            self.assertEqual(self.check_alive(), [])

        level = st.sampled_from(
            ("debug", "info", "warn", "warning", "error", "critical", "loud")
        )
        event = st.fixed_dictionaries(
            {"event": st.text(max_size=20), "level": level},
            optional={"timestamp": st.text(), "app": values(), "x": values()},
        )
        payload = event.map(lambda x: cbor2.dumps([2, x["level"], [x]]))
        Rounds.run(
            check,
            st.tuples(level.map(str.encode), damaged(payload)).map(list)
            | st.lists(st.binary(max_size=20), min_size=1, max_size=4),
            0.1,
        )


def main():
    # What it keeps, such as tables of characters, is not for the tree.
    home = Path(tempfile.gettempdir(), f"rr-hypothesis-{os.getuid()}")
    configuration.set_hypothesis_home_dir(home)
    RobotCase.program, module, *rest = sys.argv[1:]
    sys.path.insert(0, module)
    for word in rest:
        name, _, value = word.partition("=")
        if name == "--for":
            Rounds.seconds = float(value)
        elif name == "--seed":
            Rounds.first_seed = int(value)
        else:
            sys.exit(f"unknown argument: {word}")
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
