# SPDX-License-Identifier: BSD-3-Clause
"""A robot among peers that keep to nothing: what rows of faults from outside
share. Everything of theirs is plain sockets, pyzmq and cbor2."""

import itertools
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import cbor2
import zmq

from fault_case import FaultCase

from robot_case import LIMIT, free_port

BROKER = b"broker-service"
# KiB that are the build's own: a sanitizer keeps what is freed.
MEMORY_SLACK = int(os.environ.get("RR_MEMORY_SLACK", "0"))
# A greeting of ZMTP 3.0 without security, as a client has it.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0")
GREETING += bytes(32)


def property_of(name, value):
    return (bytes([len(name)]) + name + struct.pack(">I", len(value)) + value)


def ready(identity, kind=b"DEALER"):
    body = b"\x05READY" + property_of(b"Socket-Type", kind)
    body += property_of(b"Identity", identity)
    return b"\x06" + struct.pack(">Q", len(body)) + body


def frame(body, more=False):
    """Of ZMTP, as a long one."""
    return bytes([2 | more]) + struct.pack(">Q", len(body)) + body


class OutsideCase(FaultCase):
    @classmethod
    def setUpClass(cls):
        # Where cores are kept, each crash would write one.
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_memory)
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)
        self.frontend = f"ipc://{self.folder}/run/rpc.sock"
        self.backend = f"ipc://{self.folder}/run/service.sock"
        self.log_frontend = f"ipc://{self.folder}/run/log-front.sock"
        self.log_backend = f"ipc://{self.folder}/run/log.sock"
        self.tcp_port = free_port()
        # A busy machine may give the robot no time for longer than its default
        # of 100 ms: then it refuses what has waited, as it has to.
        self.options.append("--emergency-stop.heartbeat-timeout=20s")
        self.options = [
            f'--router.frontend=["ipc://RUNTIME/rpc.sock",'
            f'"tcp://127.0.0.1:{self.tcp_port}"]'
            if x.startswith("--router.frontend=") else x
            for x in self.options
        ]
        self.numbers = itertools.count(1)

    def remove_memory(self):
        """What a robot that was harmed has left."""
        for left in Path("/dev/shm").glob(self.prefix + "-*"):
            left.unlink() if not left.is_dir() else left.rmdir()

    def start_robot(self, *arguments, log="robot.log"):
        """One that answers, and writes its log into a file."""
        self.log = self.folder / log
        with open(self.log, "wb") as out:
            self.robot = subprocess.Popen(
                self.command("run", "--log.format=json", *arguments),
                env=self.environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out,
            )
        self.addCleanup(self.end, self.robot)
        self.wait_until(
            lambda: Path(self.frontend.removeprefix("ipc://")).exists()
        )
        self.caller = self.dealer(f"caller-{next(self.numbers)}")
        self.wait_until(self.answers)
        return self.robot

    # -- peers -----------------------------------------------------------------

    def socket_of(self, kind, address, **options):
        result = self.context.socket(kind)
        result.linger = 0
        result.rcvtimeo = result.sndtimeo = LIMIT * 1000
        for name, value in options.items():
            setattr(result, name, value)
        result.connect(address)
        return result

    def dealer(self, identity, address=None, **options):
        if isinstance(identity, str):
            identity = identity.encode()
        return self.socket_of(
            zmq.DEALER, address or self.frontend, identity=identity,
            probe_router=1, **options,
        )

    def request(self, method, *args, number=None):
        return cbor2.dumps(
            [0, next(self.numbers) if number is None else number, method,
             list(args)]
        )

    def ask(self, method, *args, caller=None, service=BROKER, patience=LIMIT):
        """Calls, and returns error and result; None when no answer comes."""
        caller = caller or self.caller
        number = next(self.numbers)
        caller.send_multipart(
            [service, self.request(method, *args, number=number)]
        )
        end = time.monotonic() + patience
        while caller.poll(max(0, 1000 * (end - time.monotonic()))):
            payload = caller.recv_multipart()[-1]
            if payload:
                kind, answered, error, result = cbor2.loads(payload)
                if kind == 1 and answered == number:
                    return error, result
        return None

    def answers(self) -> bool:
        return self.ask("ping", patience=1) == (None, "pong")

    def status(self):
        error, result = self.ask("status")
        self.assertIsNone(error)
        return result

    def is_connected(self, service):
        """Whether the router knows it."""
        def look():
            error, result = self.ask("list_services")
            self.assertIsNone(error)
            return service in [x["identity"] for x in result]

        return look

    def raw(self, kind="tcp"):
        """A stream to the router's frontend without anything of ZMQ."""
        if kind == "ipc":
            result = socket.socket(socket.AF_UNIX)
            where = self.frontend.removeprefix("ipc://")
        else:
            result = socket.socket()
            where = ("127.0.0.1", self.tcp_port)
        self.addCleanup(result.close)
        result.settimeout(LIMIT)
        result.connect(where)
        return result

    def peer(self, identity, kind="tcp"):
        """One that has shaken hands by hand, and is a DEALER so far."""
        result = self.raw(kind)
        result.sendall(GREETING)
        self.receive(result, 64)
        if isinstance(identity, str):
            identity = identity.encode()
        result.sendall(ready(identity))
        _, size = self.receive(result, 2)
        self.receive(result, size)
        return result

    @staticmethod
    def receive(stream, size):
        result = b""
        while len(result) < size:
            if not (more := stream.recv(size - len(result))):
                raise ConnectionResetError
            result += more
        return result

    # -- what became of the robot ----------------------------------------------

    def resident(self):
        """KiB."""
        for line in Path(f"/proc/{self.robot.pid}/status").open():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def assert_bounded(self, grown, limit):
        """Of KiB that it has taken."""
        self.assertLess(grown, limit + MEMORY_SLACK)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.robot.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.robot.pid}/task"))

    def logged(self, name):
        """The robot's events of that name so far."""
        found = []
        for line in self.log.read_text().splitlines():
            if f'"{name}"' in line and line.endswith("}"):
                event = json.loads(line)
                if event["event"] == name:
                    found.append(event)
        return found

    def event(self, name):
        """The first one, which it waits for."""
        self.wait_until(lambda: self.logged(name))
        return self.logged(name)[0]

    def ends_well(self, number=signal.SIGTERM, code=0):
        """Has it stop, and returns how long that takes."""
        begin = time.monotonic()
        self.robot.send_signal(number)
        told = lambda: self.log.read_text(errors="replace")[-2000:]
        self.assertEqual(self.robot.wait(LIMIT), code, told())
        return time.monotonic() - begin
