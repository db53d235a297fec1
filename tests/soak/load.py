# SPDX-License-Identifier: BSD-3-Clause
"""What goes on around the robot of a soak, each in a process of its own: one
who measures calls, one who reads the log and keeps accounts of it, and a load
of all kinds."""

import collections
import ctypes
import itertools
import multiprocessing
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

import cbor2
import zmq

from robot_case import LIMIT

PR_SET_PDEATHSIG = 1
PERIOD = 0.02  # seconds between two of whatever comes at a rate
PUBLISHER = "soak-publisher"
MOTOR = 0x1000000000000000001


class Worker:
    """A process that works once it is told to, and the last that it says."""

    def __init__(self, work, *arguments):
        context = multiprocessing.get_context("fork")
        self.ours, theirs = context.Pipe(False)
        self.begin = context.Event()
        self.over = context.Event()
        self.news = {}
        self.process = context.Process(
            target=self.main, args=(work, theirs, arguments), daemon=True
        )
        self.process.start()
        theirs.close()

    def main(self, work, theirs, arguments):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # Ctrl-C is for the one who started it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.begin.wait()
        work(theirs.send, self.over, *arguments)

    def latest(self) -> dict:
        try:
            while self.ours.poll():
                self.news = self.ours.recv()
        except EOFError:
            pass  # it has ended
        return self.news

    def stop(self):
        self.over.set()
        self.begin.set()
        end = time.monotonic() + LIMIT
        # One who is not heard cannot go on.
        while self.process.is_alive() and time.monotonic() < end:
            self.latest()
            self.process.join(0.1)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.latest()


def client(address: str, identity: str, linger: int = 0):
    result = zmq.Context.instance().socket(zmq.DEALER)
    result.identity = identity.encode()
    result.probe_router = 1
    result.linger = linger
    result.connect(address)
    return result


def request(id_: int, method: str, *arguments) -> bytes:
    return cbor2.dumps([0, id_, method, arguments])


def call(
    peer, id_: int, method: str, *arguments, patience=LIMIT, goes_on=None
):
    """@returns what the broker answers; None when it does not in time, or the
    robot does not go on."""
    payload = request(id_, method, *arguments)
    peer.send_multipart([b"broker-service", payload])
    end = time.monotonic() + patience
    while time.monotonic() < end and (goes_on is None or goes_on()):
        if peer.poll(100):
            _, got, error, result = cbor2.loads(peer.recv_multipart()[1])
            if got == id_:
                return error or result
    return None


def measure_calls(tell, over, address: str):
    """Tells once a second how long a call of the broker takes."""
    peer = client(address, "soak-latency-client")
    times, done, unanswered = [], 0, 0
    next_report = time.monotonic() + 1
    for id_ in itertools.count(1):
        if over.wait(PERIOD):
            return
        begin = time.monotonic()
        if call(peer, id_, "ping") == "pong":
            # The first ones had to wait for the robot.
            times.append(1000 * (time.monotonic() - begin))
        else:
            unanswered += 1
        if time.monotonic() > next_report and len(times) > 1:
            next_report += 1
            done += len(times)
            cuts = statistics.quantiles(times, n=100, method="inclusive")
            tell(
                {
                    "call_p10_ms": round(cuts[9], 4),
                    "call_p50_ms": round(cuts[49], 4),
                    "call_p99_ms": round(cuts[98], 4),
                    "calls": done,
                    "calls_unanswered": unanswered,
                }
            )
            times = []


class Accounts:
    """What has come of each source and level."""

    def __init__(self):
        self.last = collections.Counter()
        self.came = collections.Counter()
        self.disordered = 0
        self.malformed = 0

    def take(self, frames: list):
        try:
            _, level, (event,) = cbor2.loads(frames[1])
            source, number = event["source"], event["seq"]
        except Exception:  # whatever it is, it is no event
            self.malformed += 1
            return
        key = (source, level)
        self.disordered += number <= self.last[key]
        self.last[key] = max(number, self.last[key])
        self.came[key] += 1

    def of(self, source: str) -> dict:
        """Numbers that were given to events as far as is known, and events."""
        keys = [key for key in self.last if key[0].startswith(source)]
        return {
            "numbered": sum(self.last[x] for x in keys),
            "came": sum(self.came[x] for x in keys),
        }


def read_log(tell, over, address: str):
    """Reads all there is, and tells twice a second what has come."""
    reader = zmq.Context.instance().socket(zmq.SUB)
    reader.linger = 0
    reader.rcvhwm = 0
    reader.subscribe(b"")
    reader.connect(address)
    accounts = Accounts()
    next_report = 0
    while not over.is_set():
        if reader.poll(100):
            for _ in range(1000):
                try:
                    accounts.take(reader.recv_multipart(zmq.NOBLOCK))
                except zmq.Again:
                    break
        if time.monotonic() > next_report:
            next_report = time.monotonic() + 0.5
            tell(
                {
                    "runtime": accounts.of("example-robot-"),
                    "publisher": accounts.of(PUBLISHER),
                    "all": accounts.of(""),
                    "disordered": accounts.disordered,
                    "malformed": accounts.malformed,
                }
            )


class Load:
    """Threads that do what programs do, at a rate that two cores can bear."""

    def __init__(self, tell, over, robot, module, seed):
        self.over = over
        self.robot = robot
        self.module = module
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        threads = [
            threading.Thread(target=x, daemon=True)
            for x in (
                self.call_arm,
                self.drive,
                self.write_buffers,
                self.publish,
                self.visit,
                self.run_commands,
                self.subscribe,
            )
        ]
        for thread in threads:
            thread.start()
        while not over.wait(0.5):
            tell(self.counts.copy())
        for thread in threads:
            thread.join(LIMIT)
        tell(self.counts.copy())

    def call_arm(self):
        peer = client(self.robot.address("rpc.sock"), "soak-load-client")
        for id_ in itertools.count(1):
            if self.over.wait(PERIOD):
                return
            peer.send_multipart([b"arm-service", request(id_, "move_to", 10)])
            options = request(id_, "get_option", "router_frontend")
            peer.send_multipart([b"broker-service", options])
            while peer.poll(0):
                peer.recv_multipart()
                self.counts["answers"] += 1

    def drive(self):
        station = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        station.connect(("127.0.0.1", self.robot.port))
        for i in itertools.count(1):
            if self.over.wait(PERIOD):
                return
            pad = {"ly": (i % 100) / 100, "btn": i % 4, "seq": i}
            pad["time"] = time.monotonic()
            try:
                station.send(cbor2.dumps([2, "update_gamepads", [{"0": pad}]]))
                self.counts["packets"] += 1
            except ConnectionRefusedError:
                pass  # the robot is not there yet

    def write_buffers(self):
        os.environ["RR_DEVICE_PREFIX"] = self.robot.prefix
        sys.path.insert(0, str(self.module))
        from robot_runtime import buffers

        while not self.over.wait(PERIOD):
            try:
                motor = buffers.open("motor", MOTOR)
                for i in range(200):
                    motor.write("duty_cycle", i / 200)
                    self.counts["writes"] += 1
                    if self.over.wait(PERIOD):
                        break
                motor.close()
            except buffers.BufferError:
                self.over.wait(0.5)

    def publish(self):
        publisher = zmq.Context.instance().socket(zmq.PUB)
        publisher.linger = 1000
        publisher.connect(self.robot.address("log.sock"))
        source = f"{PUBLISHER}-{os.getpid()}"
        seq = 0
        while not self.over.wait(PERIOD):
            seq += 1
            event = {
                "event": "Number told",
                "level": "info",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "app": "soak",
                "source": source,
                "seq": seq,
            }
            message = cbor2.dumps([2, "info", [event]])
            publisher.send_multipart([b"info", message])
            self.counts["published"] = seq
        publisher.close()

    def visit(self):
        """Clients that come, ask once, and go."""
        for i in itertools.count(1):
            if self.over.wait(0.1):
                return
            peer = client(self.robot.address("rpc.sock"), f"visitor-{i}")
            answer = call(peer, 1, "list_uids", patience=2)
            self.counts["visits"] += answer is not None
            peer.close()

    def run_commands(self):
        commands = [
            ("status", "--counters"),
            ("buffers", "list"),
            ("call", "ping"),
            ("watch", "--count=2"),
            ("logs", "--count=5"),
            ("buffers", "write", "left-motor", "duty_cycle", "0.1"),
        ]
        while not self.over.wait(2):
            command = self.robot.command(*self.random.choice(commands))
            try:
                ended = subprocess.run(
                    command,
                    env=self.robot.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=LIMIT,
                )
                self.counts["commands"] += ended.returncode == 0
            except subprocess.TimeoutExpired:
                self.counts["late commands"] += 1

    def subscribe(self):
        """Readers of the log who stay for a while."""
        while not self.over.is_set():
            reader = zmq.Context.instance().socket(zmq.SUB)
            reader.linger = 0
            reader.subscribe(self.random.choice([b"", b"warn", b"error"]))
            reader.connect(self.robot.address("log-front.sock"))
            end = time.monotonic() + self.random.uniform(0.2, 3)
            while time.monotonic() < end and not self.over.is_set():
                if reader.poll(100):
                    reader.recv_multipart()
                    self.counts["read in passing"] += 1
            reader.close()
