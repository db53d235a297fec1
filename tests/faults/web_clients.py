#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the outside: clients of the robot's page that stall, are too many,
or are gone.
usage: web_clients.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import json
import socket
import ssl
import struct
import subprocess
import threading
import time

from fault_case import fault, run_faults  # first: it knows the other folder

from runtime_case import RuntimeFault, named
from stream_case import Page
from surrounded_case import shell
from web_case import WebCase, frame

MANY = 21
# One peer may have 56 connections.
TOO_MANY = 60
# The least that has room for pages and children.
DESCRIPTORS = 140


class Driver(threading.Thread):
    """A page that drives, until it is killed."""

    def __init__(self, test):
        super().__init__(daemon=True)
        self.page = Page(test)
        self.over = threading.Event()
        test.addCleanup(self.kill)
        self.start()

    def run(self):
        while not self.over.wait(0.01):
            try:
                self.page.say("gamepad", index=0, lx=0, btn=1)
            except OSError:
                return  # the robot has ended

    def kill(self):
        """Its system says so to the other side, as of a process that died."""
        self.over.set()
        self.join()
        stream = self.page.socket.sock
        if stream.fileno() >= 0:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack("ii", 1, 0))
            stream.close()


class WebClients(RuntimeFault, WebCase):
    request = WebCase.request

    def stop_by_page(self, robot, stream):
        """An order to stop by another client. @returns what came of it."""
        with stream:
            stream.sendall(self.request("POST", "/estop", body=b"{}"))
            answer = self.read_answer(stream)
        self.assertEqual(answer.status, 200)
        events = self.stopped_in_emergency(robot)
        told, = named(events, "Received emergency stop")
        latency = json.loads(answer.body)["signal_latency_us"]
        self.assertEqual(latency, told["signal_latency_us"])
        return f"a stop by the page signalled in {latency} us"

    def slow(self):
        return self.status()["web"]["slow"]

    @fault("a third of 21 clients stops in the middle of a request, of its "
           "body, of a frame",
           "half an order to stop is none; who does not end a request is told "
           "so (408), and closed; meanwhile and afterwards a stop by the page "
           "is obeyed")
    def test_clients_that_stall(self):
        robot = self.launch([])
        order = self.request("POST", "/estop", body=b"{}")
        streams = []
        begin = time.monotonic()
        for i in range(MANY):
            stream = self.connect()
            streams.append(stream)
            if i % 3 == 2:
                stream.sendall(self.upgrade())
                self.assertEqual(self.read_answer(stream).status, 101)
                stream.sendall(frame(b"x" * 100)[:-50])
            else:
                stream.sendall(order[:-20 if i % 3 else -1])
        self.assertEqual(self.ask("GET", "/status").status, 200)
        self.wait_until(lambda: self.slow() >= MANY // 3 * 2)
        took = time.monotonic() - begin
        for i in (0, 1):
            self.assertEqual(self.read_answer(streams[i]).status, 408)
        self.assertIsNone(robot.poll())
        self.saw(f"{self.slow()} were closed after {took:.1f} s")
        self.saw(self.stop_by_page(robot, self.connect()))

    @fault("60 clients stop in the middle of a TLS handshake",
           "who comes later gets the room of who has been quiet longest: a "
           "stop by the page is obeyed")
    def test_clients_that_stall_in_a_handshake(self):
        pem = self.folder / "page.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", pem, "-out", self.folder / "certificate.pem"],
            check=True, capture_output=True)
        robot = self.launch(
            [], f"--web.address=https://{self.host}", f"--web.key={pem}",
            f"--web.certificate={self.folder}/certificate.pem")
        streams = [self.connect() for _ in range(TOO_MANY)]
        for stream in streams:
            # The head of a ClientHello, and a third of that.
            try:
                stream.sendall(bytes.fromhex("1603010100010000fc0303")
                               + bytes(80))
            except OSError:
                pass  # it has made room for another one
        context = ssl.create_default_context(
            cafile=str(self.folder / "certificate.pem"))
        stream = context.wrap_socket(self.connect(),
                                     server_hostname="127.0.0.1")
        self.assertEqual(self.read_to_end(streams[0]), b"")
        made_room = self.status()["web"]["displaced"]
        self.assertGreater(made_room, 0)
        self.saw(f"{made_room} of them made room; "
                 + self.stop_by_page(robot, stream))

    @fault("no descriptors are left while 20 pages look on",
           "the pages go on: one of them stops the robot, and all are told")
    def test_no_descriptors_left(self):
        robot = self.launch(shell(f"ulimit -n {DESCRIPTORS}"))
        pages = [Page(self) for _ in range(20)]
        for page in pages:
            page.hear("state")
        taken = self.take_all_descriptors()
        done = pages[7].ask("estop", reason="enough")
        self.assertEqual(done["type"], "done")
        for page in pages:
            if page is not pages[7]:
                self.assertEqual(page.hear("stopped")["cause"], "enough")
        events = self.stopped_in_emergency(robot)
        self.assertTrue(named(events, "Connections refused"))
        self.saw(f"the {taken}th connection was refused; signalled in "
                 f"{self.latency(events)} us, as {len(pages)} pages were told")

    @fault("no descriptors are left, and a client comes who wants the robot "
           "stopped", "it is let in, and obeyed")
    def test_no_descriptors_left_for_a_stop(self):
        robot = self.launch(shell(f"ulimit -n {DESCRIPTORS}"))
        taken = self.take_all_descriptors()
        saw = self.stop_by_page(robot, self.connect())
        self.saw(f"the {taken}th connection was refused; {saw}")

    @fault("a page that drives is killed",
           "control is lost after its time-out, and its gamepad neutral; the "
           "next page drives at once")
    def test_a_page_that_drives_is_killed(self):
        robot = self.launch([])

        def is_connected():
            return (self.gamepad() or {}).get("connected", False)

        driver = Driver(self)
        self.wait_until(is_connected)
        begin = time.monotonic()
        driver.kill()
        self.wait_until(lambda: not is_connected())
        took = 1000 * (time.monotonic() - begin)
        self.assertFalse(self.gamepad()["params"]["button_a"])
        Driver(self)
        self.wait_until(is_connected)
        self.saw(f"neutral within {took:.0f} ms")
        events = self.stops_in_emergency(robot)
        self.assertTrue(named(events, "Control lost"))
        self.saw(f"signalled in {self.latency(events)} us")


if __name__ == "__main__":
    run_faults()
