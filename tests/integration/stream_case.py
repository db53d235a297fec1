# SPDX-License-Identifier: BSD-3-Clause
"""A robot with a page, and pages of it by a WebSocket library that has nothing
to do with ours."""

import json
import threading
import time
from collections import deque

import websocket

from robot_case import LIMIT, RobotCase, free_port

MOVING = ("uptime", "router", "log", "control", "update", "broker", "web",
          "descriptors")


def merge_patch(target, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merge_patch(target.get(name), value)
    return target


def without_null(value):
    """A merge patch cannot tell null from nothing."""
    if isinstance(value, dict):
        return {k: without_null(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_null(v) for v in value]
    return value


def lasting(status):
    """What of a status does not move all the time."""
    kept = {k: v for k, v in status.items() if k not in MOVING}
    kept["processes"] = [
        {k: v for k, v in each.items() if k not in ("cpu", "resident_kib")}
        for each in status["processes"]
    ]
    return without_null(kept)


class Page:
    """One connection. What it is told of the state it merges, and checks."""

    def __init__(self, test, **how):
        self.test = test
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{test.web_port}/stream",
            timeout=LIMIT,
            subprotocols=["robot-runtime.v1"],
            suppress_origin=True,
            **how,
        )
        test.addCleanup(self.socket.shutdown)
        self.lock = threading.Lock()
        self.state = None
        self.seq = 0
        self.states = []  # of each process, as the page was told
        self.values = {}  # the latest of each device
        self.waiting = deque()

    @property
    def name(self):
        return "web:%s:%d" % self.socket.sock.getsockname()

    def say(self, kind, **what):
        with self.lock:
            self.socket.send(json.dumps({"type": kind, **what}))

    def say_text(self, text):
        self.socket.send(text)

    def next(self):
        """The next message of any type; None once the connection is closed."""
        text = self.socket.recv()
        if not text:
            return None
        message = json.loads(text)
        if message["type"] == "state":
            self.take_state(message)
        elif message["type"] == "values":
            self.values |= message["values"]
        return message

    def take_state(self, message):
        self.seq += 1
        self.test.assertEqual(message["seq"], self.seq)
        if self.seq == 1:
            self.state = message["state"]
        else:
            self.state = merge_patch(self.state, message["changes"])
        for process in self.state["processes"]:
            step = (process["name"], process["state"])
            last = [x for x in self.states if x[0] == step[0]][-1:]
            if last != [step]:
                self.states.append(step)

    def hear(self, kind, matches=lambda _: True):
        """The first message of that kind that matches."""
        end = time.monotonic() + LIMIT
        while True:
            message = self.next()
            self.test.assertIsNotNone(message, "the connection was closed")
            if message["type"] == kind and matches(message):
                return message
            self.test.assertLess(time.monotonic(), end, f"no such {kind}")

    def hear_until(self, done):
        while not done():
            self.test.assertIsNotNone(self.next())

    def ask(self, kind, **what):
        """Says it, and what is answered."""
        self.say(kind, id=f"{kind} {what}"[:100], **what)
        end = time.monotonic() + LIMIT
        while True:
            message = self.next()
            self.test.assertIsNotNone(message)
            if message.get("id") == f"{kind} {what}"[:100]:
                return message
            self.test.assertLess(time.monotonic(), end, "no answer")

    def close_code(self):
        """Reads to the end, whatever comes, and answers nothing."""
        while True:
            frame = self.socket.recv_frame()
            if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(frame.data[:2], "big")
            if frame.opcode == websocket.ABNF.OPCODE_TEXT:
                message = json.loads(frame.data)
                if message["type"] == "state":
                    self.take_state(message)

    def processes(self):
        return {x["name"]: x for x in self.state["processes"]}


class Sticks:
    """A page's gamepad, sent every 20 ms, until it falls silent."""

    def __init__(self, page, **pad):
        self.page = page
        self.pad = pad
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        page.test.addCleanup(self.fall_silent)
        self.thread.start()

    def run(self):
        seq = 0
        while not self.over.wait(0.02):
            seq += 1
            try:
                self.page.say("gamepad", index=0, seq=seq,
                              time=time.monotonic(), **self.pad)
            except (OSError, websocket.WebSocketException):
                return

    def fall_silent(self):
        self.over.set()
        self.thread.join(LIMIT)


class StreamCase(RobotCase):
    def setUp(self):
        super().setUp()
        self.web_port = free_port()
        self.options += [
            f"--web.address=http://127.0.0.1:{self.web_port}",
            "--emergency-stop.latch=false",
        ]

    def status(self):
        shown = self.run_command("status", "--format=json")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        return json.loads(shown.stdout)
