#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Peers that speak ZMQ badly, too much, or not at all: greetings and frames of
garbage, half ones, silence, floods, crowds.
usage: wire.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]"""

import json
import random
import resource
import signal
import struct
import time

import cbor2

from fault_case import fault, run_faults
from outside_case import BROKER, GREETING, OutsideCase, frame, ready
from remains import Remains

from remote_calls import noise
from robot_case import LIMIT

GOES_ON = "others are served, and the robot stops in order"
BOUNDED = 64 * 1024  # KiB


class Wire(OutsideCase):
    def goes_on(self, *what):
        """That others are served meanwhile, and that it stops."""
        begin = time.monotonic()
        self.assertEqual(self.ask("ping"), (None, "pong"))
        answered = time.monotonic() - begin
        took = self.ends_well()
        self.saw(
            f"{', '.join(what)}; a call answered in {answered * 1e3:.0f} ms, "
            f"stopped in {took * 1e3:.0f} ms"
        )

    # -- streams ---------------------------------------------------------------

    def half_a_frame(self, kind):
        self.start_robot()
        before = self.descriptors()
        peers = []
        for i in range(50):
            peer = self.peer(f"half-{i}", kind)
            whole = frame(b"", more=True) if i % 2 else b""
            # It says that a mebibyte is to come, and gives half of a payload.
            body = frame(bytes(1 << 20), more=True)[: 9 + (i << 10)]
            peer.sendall(whole + body[: len(body) // 2 + 1])
            peers.append(peer)
        self.wait_until(lambda: self.descriptors() >= before + 45)
        self.assertEqual(self.ask("ping"), (None, "pong"))
        for peer in peers:
            peer.close()
        self.wait_until(lambda: self.descriptors() <= before + 5)
        counters = self.status()["router"]["frontend"]
        self.assertEqual(counters["malformed"], 0)
        self.goes_on("50 connections, all let go at their end")

    @fault("half a frame, then silence, by tcp", GOES_ON)
    def test_half_a_frame_by_tcp(self):
        self.half_a_frame("tcp")

    @fault("half a frame, then silence, by ipc", GOES_ON)
    def test_half_a_frame_by_ipc(self):
        self.half_a_frame("ipc")

    @fault("half a greeting, then silence", "let go after 5 s; " + GOES_ON)
    def test_half_a_greeting(self):
        self.start_robot()
        peers = [self.raw() for _ in range(20)]
        for i, peer in enumerate(peers):
            peer.sendall(GREETING[: 1 + 3 * i])
        begin = time.monotonic()
        for peer in peers:
            # What the robot greets with, until it closes.
            while peer.recv(4096):
                pass
        self.goes_on(
            f"20 let go after {time.monotonic() - begin:.1f} s"
        )

    @fault("greetings of garbage", "refused; " + GOES_ON)
    def test_greetings_of_garbage(self):
        self.start_robot()
        before = self.descriptors() + 1
        draw = random.Random(1)
        greetings = [
            b"GET / HTTP/1.1\r\nHost: robot\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\xff" * 1000,
            bytes(1000),
            GREETING[:10] + b"\xff" * 54 + ready(b"x"),
            GREETING[:12] + b"CURVE".ljust(20, b"\0") + bytes(32),
            GREETING + b"\x04\xff" + b"\x05READY" + b"\xff" * 300,
            GREETING + b"\x06" + struct.pack(">Q", 2**63) + b"x",
            GREETING + ready(b"x" * 255) + b"\x07\xff\xff",
            GREETING + ready(b"x", kind=b"nonsense"),
            GREETING + ready(b"\0reserved"),
        ]
        greetings += [draw.randbytes(500) for _ in range(100)]
        for greeting in greetings:
            for kind in ("tcp", "ipc"):
                peer = self.raw(kind)
                peer.sendall(greeting)
                peer.close()
        # All of them: the next row has what else may come of it.
        self.wait_until(lambda: self.descriptors() <= before)
        self.goes_on(f"{2 * len(greetings)} greetings")

    @fault("greetings of an old protocol while the robot stops",
           "its children end in order; libzmq may abort what is left, which "
           "docs/promises.md says, and nothing stays behind")
    def test_greetings_while_the_robot_stops(self):
        child = ["sh", "-c", "trap ': > ended; exit 0' TERM; : > ready; "
                 "while :; do sleep 0.02; done"]
        self.start_robot(
            f"--process.child.command={json.dumps(child)}",
            f"--process.child.directory={self.folder}",
        )
        self.wait_until((self.folder / "ready").exists)
        remains = Remains(self.robot.pid, self.folder, self.prefix,
                          [self.port, self.tcp_port])
        self.addCleanup(remains.close)
        self.robot.send_signal(signal.SIGTERM)
        peers = []
        while self.robot.poll() is None:
            try:
                peer = self.raw("ipc" if len(peers) % 2 else "tcp")
                peer.sendall(b"\x16\x03\x01" + bytes(200))
                peers.append(peer)
            except OSError:
                pass
        code = self.robot.wait(LIMIT)
        self.assertIn(code, (0, -signal.SIGABRT))
        self.assertTrue((self.folder / "ended").exists())
        left, _ = remains.wait_until_gone(remains.living, LIMIT)
        self.assertEqual(left, [])
        self.start_robot()
        self.goes_on(f"{len(peers)} greetings, exit code {code}, the child had "
                     "ended; the next one started")

    @fault("a thousand connections that say nothing",
           "each costs a descriptor for 5 s, the robot keeps its reserve; "
           + GOES_ON)
    def test_a_thousand_silent_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))
        self.start_robot()
        before = self.descriptors()
        peers = [self.raw("ipc" if i % 2 else "tcp") for i in range(1000)]
        held = self.descriptors() - before
        self.assertEqual(self.ask("ping"), (None, "pong"))
        newcomer = self.dealer("newcomer")
        self.assertEqual(self.ask("ping", caller=newcomer), (None, "pong"))
        refused = self.status()["descriptors"]
        for peer in peers:
            while peer.recv(4096):
                pass
        self.wait_until(lambda: self.descriptors() <= before + 5)
        self.goes_on(f"{held} held at once, then let go", f"{refused}")

    @fault("a message larger than router.max-message",
           "the peer is disconnected, nothing is set aside for it; " + GOES_ON)
    def test_an_oversized_message(self):
        self.start_robot("--router.max-message=100000")
        before = self.resident()
        for size in (100_001, 2**31, 2**40, 2**62, 2**63 - 1, 2**64 - 1):
            peer = self.peer("large")
            peer.sendall(b"\x02" + struct.pack(">Q", size) + bytes(4096))
            try:
                while peer.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        grown = self.resident() - before
        self.assert_bounded(grown, BOUNDED)
        # Below the limit of the router, above that of a service.
        self.goes_on(f"6 sizes up to 2^64, {grown} KiB more")

    @fault("a message of 100,000 frames", "counted as malformed; " + GOES_ON)
    def test_a_message_of_many_frames(self):
        self.start_robot()
        peer = self.peer("many")
        peer.sendall(b"\x01\x00" * 100_000 + b"\x00\x00")
        self.wait_until(
            lambda: self.status()["router"]["frontend"]["malformed"] == 1
        )
        self.goes_on("one malformed message counted")

    # -- payloads --------------------------------------------------------------

    @fault("CBOR bombs of nesting and of counts",
           "refused before they are decoded; " + GOES_ON)
    def test_cbor_bombs(self):
        self.start_robot()
        bombs = list(noise())
        bombs += [bytes([head]) * 1_000_000 for head in (0x81, 0x9F, 0xD9)]
        bombs += [
            b"\x84\x00\x01\x64ping" + head + size.to_bytes(8, "big")
            for head in (b"\x9b", b"\xbb", b"\x5b", b"\x7b")
            for size in (2**31, 2**40, 2**63, 2**64 - 1)
        ]
        bombs.append(cbor2.dumps([0, 1, "ping", [[0] * 900_000]]))
        before, peer = self.resident(), self.dealer("bomber")
        for bomb in bombs:
            peer.send_multipart([BROKER, bomb])
        self.assertEqual(self.ask("ping", caller=peer), (None, "pong"))
        counted = self.status()["broker"]["malformed"]
        self.assertGreaterEqual(counted, len(bombs) - 1)
        grown = self.resident() - before
        self.assert_bounded(grown, BOUNDED)
        self.goes_on(f"{len(bombs)} bombs, {counted} counted as malformed, "
                     f"{grown} KiB more")

    # -- peers that do not read ------------------------------------------------

    @fault("a client that never reads its answers",
           "what does not fit its queue is dropped and counted; " + GOES_ON)
    def test_a_client_that_never_reads(self):
        self.start_robot("--router.queue=100")
        before = self.resident()
        deaf = self.dealer("deaf", rcvhwm=1, rcvbuf=4096)
        dropped = lambda: self.status()["router"]["backend"]["would_block"]
        # Answers of some size, so that pipes are full at once.
        ask = self.request("get_option")
        for _ in range(100):
            for _ in range(100):
                deaf.send_multipart([BROKER, ask])
            if dropped() > 0:
                break
        lost = dropped()
        self.assertGreater(lost, 0)
        grown = self.resident() - before
        self.assert_bounded(grown, BOUNDED)
        self.goes_on(f"{lost} answers dropped and counted", f"{grown} KiB more")

    @fault("a service that never reads its calls",
           "what does not fit its queue is dropped and counted; " + GOES_ON)
    def test_a_service_that_never_reads(self):
        self.start_robot("--router.queue=100")
        before = self.resident()
        deaf = self.dealer("deaf-service", self.backend, rcvhwm=1, rcvbuf=4096)
        self.wait_until(self.is_connected("deaf-service"))
        caller = self.dealer("eager")
        call = self.request("work", bytes(10_000))
        dropped = lambda: self.status()["router"]["frontend"]["would_block"]
        for _ in range(100):
            for _ in range(100):
                caller.send_multipart([b"deaf-service", call])
            if dropped() > 0:
                break
        lost = dropped()
        self.assertGreater(lost, 0)
        deaf.close()
        grown = self.resident() - before
        self.assert_bounded(grown, BOUNDED)
        self.goes_on(f"{lost} calls dropped and counted", f"{grown} KiB more")

    # -- crowds ----------------------------------------------------------------

    @fault("1,000 clients that come, call and go",
           "each is answered, nothing of them stays; " + GOES_ON)
    def test_a_thousand_clients(self):
        self.start_robot()
        descriptors = memory = 0
        for i in range(1000):
            client = self.dealer(f"visitor-{i}")
            self.assertEqual(self.ask("ping", caller=client), (None, "pong"))
            client.close(0)
            if i == 200:
                descriptors, memory = self.descriptors(), self.resident()
        self.wait_until(lambda: self.descriptors() <= descriptors + 5)
        grown = self.resident() - memory
        self.assert_bounded(grown, 8 * 1024)
        self.goes_on(f"1,000 answered, {grown} KiB more after the first 200")

    @fault("1,000 clients at once that vanish within their calls",
           "what cannot be answered is dropped and counted; " + GOES_ON)
    def test_a_thousand_clients_that_vanish(self):
        self.start_robot()
        before = self.descriptors()
        for i in range(1000):
            peer = self.peer(f"ghost-{i}", "ipc")
            call = self.request("status")
            peer.sendall(frame(BROKER, more=True) + frame(call))
            peer.close()
        self.wait_until(lambda: self.descriptors() <= before + 5)
        status = self.status()
        routed = status["router"]["frontend"]["routed"]
        lost = status["router"]["backend"]["no_such_peer"]
        self.goes_on(f"{routed} calls heard", f"{lost} answers dropped")


if __name__ == "__main__":
    run_faults()
