# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of programs on the Application share: such a program as a child,
a peer in Python, and a case with folders of its own."""

import itertools
import json
import os
import queue
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import cbor2
import zmq

LIMIT = 20  # seconds that no wait here comes near, unless something is wrong


def free_udp_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"udp://127.0.0.1:{probe.getsockname()[1]}"


class Program:
    """A child whose lines come as they are printed."""

    def __init__(self, test, command, stdin=subprocess.DEVNULL, **environment):
        # Nothing of a runtime around the test.
        clean = {k: v for k, v in os.environ.items() if k[:3] != "RR_"}
        clean["RR_CONTROL_ADDRESS"] = free_udp_address()
        self.child = subprocess.Popen(
            [str(part) for part in command],
            env=clean | environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.test = test
        self.coming = queue.Queue()
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        test.addCleanup(self.child.stdout.close)
        test.addCleanup(self.child.stderr.close)
        test.addCleanup(self.child.wait)
        test.addCleanup(self.child.kill)

    def read(self):
        for line in self.child.stdout:
            self.coming.put(line.rstrip("\n"))
        self.coming.put(None)

    def wait_for(self, *texts: str) -> str:
        """The next line that holds one of the texts."""
        end = time.monotonic() + LIMIT
        while True:
            line = self.coming.get(timeout=max(0.001, end - time.monotonic()))
            if line is None:
                self.test.fail(f"ended without {texts}: {self.lines}")
            self.lines.append(line)
            if any(text in line for text in texts):
                return line

    def wait(self) -> int:
        result = self.child.wait(LIMIT)
        self.reader.join(LIMIT)
        while (line := self.coming.get(timeout=LIMIT)) is not None:
            self.lines.append(line)
        return result

    def stop(self, number=signal.SIGTERM) -> int:
        self.child.send_signal(number)
        return self.wait()

    def errors(self) -> str:
        return self.child.stderr.read()

    def events(self) -> list:
        return [json.loads(x) for x in self.lines if x.startswith("{")]

    def index(self, text: str) -> int:
        return next(i for i, x in enumerate(self.lines) if text in x)


class PythonPeer:
    """pyzmq and cbor2, nothing of ours."""

    def __init__(self, test, path, identity):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.identity = identity.encode()
        self.socket.probe_router = 1
        self.socket.linger = 0
        self.socket.rcvtimeo = 200
        self.socket.connect(f"ipc://{path}")
        self.ids = itertools.count(1)
        test.addCleanup(self.socket.close)
        self.test = test

    def call(self, service, method, *args):
        """Asks until it is answered: the service may not be there yet."""
        for _ in range(LIMIT * 5):
            id_ = next(self.ids)
            payload = cbor2.dumps([0, id_, method, args])
            self.socket.send_multipart([service.encode(), payload])
            try:
                # What comes first may answer an earlier try.
                while True:
                    answer = cbor2.loads(self.socket.recv_multipart()[1])
                    if answer[1] == id_:
                        return answer[2], answer[3]
            except zmq.Again:
                continue
        return self.test.fail(f"{service} does not answer {method}")

    def answer(self, make):
        """Answers the next request with what `make` makes of it."""
        for _ in range(LIMIT * 5):
            try:
                client, payload = self.socket.recv_multipart()
            except zmq.Again:
                continue
            _, id_, method, args = cbor2.loads(payload)
            answer = cbor2.dumps([1, id_, None, make(method, args)])
            self.socket.send_multipart([client, answer])
            return client.decode(), method, args
        return self.test.fail("nobody calls")


class PeerCase(unittest.TestCase):
    build: Path
    source: Path

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.run_folder = self.folder / "run"

    def options(self) -> list:
        return [
            f"--application.runtime-directory={self.run_folder}",
            f"--application.state-directory={self.folder}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-frontend.sock",
        ]

    def peer(self, *arguments, **environment) -> Program:
        program = self.build / "bin" / "test-peer"
        command = [program, *self.options(), *arguments]
        return Program(self, command, **environment)

    def client(self) -> PythonPeer:
        return PythonPeer(self, self.run_folder / "rpc.sock", "python-client")
