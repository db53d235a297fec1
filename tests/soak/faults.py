# SPDX-License-Identifier: BSD-3-Clause
"""Faults that a soak injects, drawn from a seed. Each is over after some
seconds, and several may be under way."""

import collections
import heapq
import itertools
import os
import random
import signal
import socket
import threading
import time

import cbor2
import zmq

from load import call, client, request
from robot import PROCESSES, Robot

# Seconds between two, on average.
PAUSE = 0.8
# What one says who speaks ZMTP, and then no more.
GREETING = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03"
AT_ONCE = 8  # connections and readers of each kind that are left alone


class Faults:
    """From its making until it is stopped, on a thread of its own."""

    def __init__(self, robot: Robot, seed: int):
        self.robot = robot
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.trouble: list[str] = []
        self.later: list = []
        self.order = itertools.count()
        self.over = threading.Event()
        self.idle = collections.Counter()
        self.kinds = [
            self.kill_child,
            self.stop_child,
            self.hang_watched_child,
            self.order_restart,
            self.fail_probe,
            self.vanish_in_calls,
            self.forge_datagrams,
            self.forge_calls,
            self.forge_events,
            self.stall_log_reader,
            self.stall_standard_output,
            self.half_open,
        ]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        self.peer = client(
            self.robot.address("rpc.sock"), "soak-operator-client"
        )
        try:
            self.ids = itertools.count(1)
            pause = self.random.expovariate(1 / PAUSE)
            while not self.over.wait(min(pause, 0.1)):
                self.do_due()
                pause -= 0.1
                if pause > 0:
                    continue
                pause = self.random.expovariate(1 / PAUSE)
                kind = self.random.choice(self.kinds)
                self.counts[kind.__name__] += 1
                kind()
        except Exception as error:  # told by the one who looks
            self.trouble.append(f"the faults failed: {error!r}")
        while self.later:
            heapq.heappop(self.later)[2]()
        self.peer.close()

    def stop(self):
        """Ends what is under way, too."""
        self.over.set()
        self.thread.join()

    def do_due(self):
        while self.later and self.later[0][0] < time.monotonic():
            heapq.heappop(self.later)[2]()

    def after(self, seconds: float, action):
        when = time.monotonic() + seconds
        heapq.heappush(self.later, (when, next(self.order), action))

    def keep(self, kind: str, seconds: float, what):
        """Closes it later."""
        self.idle[kind] += 1

        def close():
            self.idle[kind] -= 1
            what.close()

        self.after(seconds, close)

    def bytes(self, most: int) -> bytes:
        return self.random.randbytes(self.random.randrange(1, most))

    def send(self, process: str, number: int, then=None, seconds: float = 0):
        """A signal, and another one later."""
        descriptor = self.robot.pidfd(process)
        if descriptor is None:
            return

        def deliver(what):
            try:
                signal.pidfd_send_signal(descriptor, what)
            except ProcessLookupError:
                pass  # it has ended meanwhile

        def end():
            if then is not None:
                deliver(then)
            os.close(descriptor)

        deliver(number)
        self.after(seconds, end)

    def kill_child(self):
        numbers = (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)
        self.send(self.random.choice(PROCESSES), self.random.choice(numbers))

    def stop_child(self):
        process = self.random.choice(PROCESSES)
        seconds = self.random.uniform(0.1, 1)
        self.send(process, signal.SIGSTOP, signal.SIGCONT, seconds)

    def hang_watched_child(self):
        self.send("chatter", signal.SIGSTOP, signal.SIGCONT, 3)

    def order_restart(self):
        process = self.random.choice(PROCESSES)
        goes_on = self.robot.is_running
        answer = call(
            self.peer,
            next(self.ids),
            "restart_process",
            process,
            goes_on=goes_on,
        )
        if answer is None and goes_on():
            self.trouble.append(f"no answer to a restart of {process}")

    def fail_probe(self):
        ill = self.robot.folder / "arm-is-ill"
        ill.touch()
        self.after(2, lambda: ill.unlink(missing_ok=True))

    def vanish_in_calls(self):
        for i in range(self.random.randrange(1, 20)):
            peer = client(
                self.robot.address("rpc.sock"), f"vanishing-{i}", linger=50
            )
            for service in (b"arm-service", b"student-service"):
                peer.send_multipart([service, request(1, "move_to", 20)])
            peer.send_multipart([b"broker-service", request(2, "status")])
            peer.close()

    def forge_datagrams(self):
        good = cbor2.dumps([2, "update_gamepads", [{"1": {"lx": 0.5}}]])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(50):
                what = self.random.choice(
                    [
                        b"",
                        self.bytes(1400),
                        good[: self.random.randrange(len(good))],
                        good + self.bytes(9),
                        b"\x9b" + b"\xff" * 8,
                    ]
                )
                sender.sendto(what, ("127.0.0.1", self.robot.port))

    def forge_calls(self):
        good = request(1, "ping")
        peer = client(self.robot.address("rpc.sock"), "forger", linger=50)
        for _ in range(20):
            payload = self.random.choice(
                [b"", self.bytes(2000), good[:-2], good + b"\x00", b"\x81" * 99]
            )
            peer.send_multipart([b"broker-service", payload])
            peer.send_multipart([self.bytes(20), payload])
            peer.send_multipart([payload])
            peer.send_multipart([b"broker-service", payload, payload])
        peer.close()

    def forge_events(self):
        publisher = zmq.Context.instance().socket(zmq.XPUB)
        publisher.linger = 50
        publisher.connect(self.robot.address("log.sock"))
        if publisher.poll(1000):  # the relay's subscription
            for _ in range(50):
                publisher.send_multipart([b"info", self.bytes(500)])
                publisher.send(self.bytes(10))
        publisher.close()

    def stall_log_reader(self):
        if self.idle["reader"] >= AT_ONCE:
            return
        reader = zmq.Context.instance().socket(zmq.SUB)
        reader.linger = 0
        reader.rcvhwm = 1
        reader.rcvbuf = 4096
        reader.subscribe(b"")
        reader.connect(self.robot.address("log-front.sock"))
        self.keep("reader", self.random.uniform(3, 12), reader)

    def stall_standard_output(self):
        self.robot.may_read.clear()
        self.after(self.random.uniform(0.5, 3), self.robot.may_read.set)

    def half_open(self):
        for _ in range(self.random.randrange(1, 20)):
            if self.idle["connection"] >= 3 * AT_ONCE:
                return
            name = self.random.choice(
                ["rpc.sock", "service.sock", "log.sock", "log-front.sock"]
            )
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(f"{self.robot.folder}/run/{name}")
            peer.send(GREETING[: self.random.randrange(1, len(GREETING))])
            self.keep("connection", self.random.uniform(0, 8), peer)
