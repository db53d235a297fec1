# SPDX-License-Identifier: BSD-3-Clause
"""A robot whose children use the Python package, and tests that use it
themselves at the same robot."""

import json
import subprocess
import threading
import time

import cbor2
import zmq

from child_case import ChildCase
from robot_case import LIMIT


class PythonCase(ChildCase):
    def setUp(self):
        super().setUp()
        import robot_runtime

        self.package = str(list(robot_runtime.__path__)[0]).rsplit("/", 1)[0]
        self.environment["PYTHONPATH"] = self.package
        run = self.folder / "run"
        self.frontend = f"ipc://{run}/rpc.sock"
        self.backend = f"ipc://{run}/service.sock"
        self.log_backend = f"ipc://{run}/log.sock"
        self.log_frontend = f"ipc://{run}/log-front.sock"
        self.zmq = zmq.Context()
        self.addCleanup(self.zmq.destroy, 0)

    def client(self, **how):
        from robot_runtime import Client

        result = Client(router=self.frontend, **how)
        self.addCleanup(result.close)
        return result

    def service(self, name, **how):
        """One that runs in this process once it is started."""
        from robot_runtime import Service

        result = Service(name, router=self.backend, **how)
        self.addCleanup(result.stop, 0)
        return result

    def serve(self, service):
        """Returns once the router is there."""
        there = threading.Event()
        service.start(ready=there.set)
        self.assertTrue(there.wait(LIMIT), "no router")
        # What it has said of itself, the router has read.
        self.wait_until(lambda: service.identity in self.services())

    def services(self):
        with_broker = self.client()
        found = with_broker.call("list_services", timeout=LIMIT)
        with_broker.close()
        return [x["identity"] for x in found]

    def socket(self, kind, address, identity=b""):
        """A peer that is nothing of ours."""
        result = self.zmq.socket(kind)
        self.addCleanup(result.close)
        result.linger = 0
        result.rcvtimeo = result.sndtimeo = LIMIT * 1000
        if identity:
            result.routing_id = identity
        if kind == zmq.DEALER:
            result.probe_router = 1
        result.connect(address)
        return result

    def echo(self, **how):
        service = self.service("echo", **how)
        service.method_as(lambda *args: list(args), "echo")
        return service

    def peer(self):
        return self.socket(zmq.DEALER, self.frontend)

    def ask(self, peer, payload, service=b"echo-service"):
        peer.send_multipart([service, payload])
        return self.answer(peer)

    def answer(self, peer):
        _, payload = peer.recv_multipart()
        return cbor2.loads(payload)

    def run_script(self, script, **environment):
        """A program by hand, under no runtime."""
        return subprocess.run(
            ["/usr/bin/python3", "-c", script],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    def printed(self, robot, process="child"):
        """What a child has printed, line by line; None when the robot ends."""
        for event in self.lines(robot):
            if event.get("stream") == "stdout" and event["process"] == process:
                return event["event"]
        return None


def request(*args, method="echo", id_=1):
    return cbor2.dumps([0, id_, method, list(args)])


def elapsed(function):
    begin = time.monotonic()
    function()
    return time.monotonic() - begin


def as_json(text):
    return [json.loads(line) for line in text.splitlines()]


__all__ = ["LIMIT", "PythonCase", "as_json", "elapsed", "request"]
