#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Clients and services that take each other's names, die within calls or never
answer, and readers and publishers of the log that keep to no measure.
usage: callers.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import cbor2
import zmq

from fault_case import fault, run_faults
from outside_case import BROKER, OutsideCase, frame
from remains import Remains

from remote_calls import noise
from robot_case import LIMIT

PEER = Path(__file__).parents[1] / "integration" / "remote_calls.py"
BOUNDED = 64 * 1024  # KiB
DEAF = json.dumps(
    ["sh", "-c", "trap '' TERM; : > deaf; while :; do sleep 0.02; done"]
)


class Callers(OutsideCase):
    def service(self, identity):
        """A process that answers, but for the method `silent`."""
        child = subprocess.Popen(
            ["/usr/bin/python3", PEER, "service", self.backend, identity],
            stdin=subprocess.PIPE,
        )
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.wait_until(self.is_connected(identity))
        return child

    def deaf_child(self):
        return [
            f"--process.deaf.command={DEAF}",
            f"--process.deaf.directory={self.folder}",
            "--process.deaf.terminate-timeout=300ms",
        ]

    def routed(self):
        """Calls of others; each look is one itself."""
        self.looks = getattr(self, "looks", 0) + 1
        return self.status()["router"]["frontend"]["routed"] - self.looks

    # -- identities ------------------------------------------------------------

    @fault("a client takes another one's identity",
           "the newest has what is for it, the other hears nothing more, and "
           "all else goes on")
    def test_a_client_that_is_taken_over(self):
        self.start_robot()
        service = self.dealer("arm-service", self.backend)
        self.wait_until(self.is_connected("arm-service"))
        call = frame(b"arm-service", more=True) + frame(self.request("work"))
        first = self.peer("station")
        first.sendall(call)
        caller, _ = service.recv_multipart()
        self.assertEqual(caller, b"station")
        second = self.peer("station")
        second.sendall(call)
        service.recv_multipart()
        service.send_multipart([b"station", b"answer"])
        self.assertTrue(second.recv(100).endswith(b"answer"))
        first.setblocking(False)
        with self.assertRaises(BlockingIOError):
            first.recv(100)
        self.assertEqual(self.ask("ping"), (None, "pong"))
        self.ends_well()
        self.saw("the newest had the answer to what the older had asked")

    @fault("a second service takes the identity of one that hangs",
           "calls go to the newest, which is how a service is replaced")
    def test_a_service_that_is_taken_over(self):
        self.start_robot()
        old = self.service("arm-service")
        old.send_signal(signal.SIGSTOP)
        new = self.dealer("arm-service", self.backend)
        caller = self.dealer("caller")

        def reaches_the_new():
            caller.send_multipart([b"arm-service", self.request("echo", 1)])
            return new.poll(20)

        self.wait_until(reaches_the_new)
        sender, payload = new.recv_multipart()
        self.assertEqual(sender, b"caller")
        number = cbor2.loads(payload)[1]
        new.send_multipart([sender, cbor2.dumps([1, number, None, "new"])])
        name, answer = caller.recv_multipart()
        self.assertEqual(name, b"arm-service")
        self.assertEqual(cbor2.loads(answer)[3], "new")
        self.assertEqual(self.ask("ping"), (None, "pong"))
        self.ends_well()
        self.saw("calls reached the new one while the old one was stopped")

    @fault("a service claims the broker's identity",
           "it is not heard and gets no call: the robot's own service answers, "
           "and can be told to stop")
    def test_a_service_that_claims_to_be_the_broker(self):
        self.start_robot()
        enemy = self.dealer(BROKER, self.backend)
        enemy.send_multipart([b"caller-1", b"lie"])
        self.wait_until(
            lambda: self.status()["router"]["backend"]["malformed"] == 2
        )
        self.assertEqual(self.ask("ping"), (None, "pong"))
        error, services = self.ask("list_services")
        self.assertIsNone(error)
        self.assertEqual([x["identity"] for x in services], ["broker-service"])
        self.assertFalse(enemy.poll(0))
        done = self.run_command("estop", "--reason=taken over")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.robot.wait(LIMIT), 255)
        self.saw("its probe and its answer were dropped as malformed, it got "
                 "no call, and `estop` stopped the robot")

    @fault("a client claims the number that libzmq gives to the next one "
           "without an identity",
           "the runtime is aborted by libzmq, as docs/promises.md says; its "
           "children end with it, and the next one starts")
    def test_a_number_that_is_claimed(self):
        self.start_robot(*self.deaf_child())
        self.wait_until((self.folder / "deaf").exists)
        service = self.dealer("arm-service", self.backend)
        self.wait_until(self.is_connected("arm-service"))
        call = frame(b"arm-service", more=True) + frame(b"who am I?")
        self.peer(b"").sendall(call)
        number = service.recv_multipart()[0]
        self.assertEqual((len(number), number[0]), (5, 0))
        following = (int.from_bytes(number, "big") + 1).to_bytes(5, "big")
        claims = self.peer(following)
        claims.sendall(call)
        self.assertEqual(service.recv_multipart()[0], following)
        remains = Remains(self.robot.pid, self.folder, self.prefix, [self.port])
        self.addCleanup(remains.close)
        self.peer(b"").sendall(call)
        self.assertEqual(self.robot.wait(LIMIT), -signal.SIGABRT)
        left, took = remains.wait_until_gone(remains.living, LIMIT)
        self.assertEqual(left, [])
        self.start_robot()
        self.ends_well()
        self.saw(f"aborted, nothing left {took * 1e3:.0f} ms later, the next "
                 "one started")

    # -- deaths within calls ---------------------------------------------------

    @fault("a service is killed in the middle of a call",
           "its caller hears of it at its time-out, the next one at once, and "
           "its successor answers")
    def test_a_service_that_is_killed(self):
        self.start_robot()
        service = self.service("arm-service")
        before = self.routed()
        call = self.start("call", "silent", "--address=arm-service",
                          "--timeout=1s")
        # After the call it asks whether somebody is there.
        self.wait_until(lambda: self.routed() >= before + 2)
        service.kill()
        self.assertEqual(call.wait(LIMIT), 1)
        self.assertIn("no answer from arm-service", call.stderr.read())
        begin = time.monotonic()
        done = self.run_command("call", "echo", "1", "--address=arm-service",
                                f"--timeout={LIMIT}s")
        took = time.monotonic() - begin
        self.assertEqual(done.returncode, 1)
        self.assertIn("no service holds the address", done.stderr)
        self.service("arm-service")
        done = self.run_command("call", "echo", "1", "--address=arm-service")
        self.assertEqual((done.returncode, done.stdout), (0, "1\n"))
        self.ends_well()
        self.saw(f"no answer within 1 s, then nobody there after "
                 f"{took * 1e3:.0f} ms, then an answer")

    @fault("a client is killed in the middle of a call",
           "what it has ordered is done, its answer is dropped and counted")
    def test_a_client_that_is_killed(self):
        slow = json.dumps(["sh", "-c", "trap : TERM; : > deaf; while [ ! -e "
                           "end ]; do sleep 0.02; done"])
        self.start_robot(
            f"--process.slow.command={slow}",
            f"--process.slow.directory={self.folder}",
            "--process.slow.terminate-timeout=100s",
        )
        process = lambda: self.status()["processes"][0]
        self.wait_until((self.folder / "deaf").exists)
        client = self.start("stop", "slow")
        self.wait_until(lambda: process()["state"] == "terminating")
        with_it = self.descriptors()
        client.kill()
        client.wait()
        # The router has seen it go.
        self.wait_until(lambda: self.descriptors() < with_it)
        (self.folder / "end").touch()
        self.wait_until(lambda: process()["state"] == "exited")
        lost = lambda: self.status()["router"]["backend"]["no_such_peer"]
        self.wait_until(lambda: lost() == 1)
        self.assertEqual(self.ask("ping"), (None, "pong"))
        self.ends_well()
        self.saw("the process was stopped, one answer dropped as no such peer")

    @fault("200 calls that never end while the robot stops",
           "nothing that stops waits for a caller or for a service")
    def test_calls_that_never_end(self):
        self.start_robot(*self.deaf_child())
        self.wait_until((self.folder / "deaf").exists)
        self.service("arm-service")
        callers = [self.dealer(f"patient-{i}") for i in range(10)]
        before = self.routed()
        for caller in callers:
            for _ in range(10):
                caller.send_multipart([b"arm-service", self.request("silent")])
                caller.send_multipart(
                    [BROKER, self.request("restart_process", "deaf")]
                )
        self.wait_until(lambda: self.routed() >= before + 200)
        took = self.ends_well()
        # The child's own time, and what an orderly stop takes else.
        self.assertLess(took, 5)
        self.saw(f"stopped in {took * 1e3:.0f} ms, of which a deaf child "
                 "had 300")

    @fault("a client floods the robot with calls, and somebody else orders an "
           "emergency stop",
           "the order waits behind none of them")
    def test_a_flood_of_calls(self):
        self.start_robot(*self.deaf_child())
        self.wait_until((self.folder / "deaf").exists)
        flood = subprocess.Popen(
            [sys.executable, "-c",
             "import cbor2, sys, zmq\n"
             "s = zmq.Context().socket(zmq.DEALER)\n"
             "s.connect(sys.argv[1])\n"
             "call = cbor2.dumps([0, 1, 'status', []])\n"
             "for i in range(10**9):\n"
             "    s.send_multipart([b'broker-service', call])\n"
             "    if i == 50_000: print('floods', flush=True)\n",
             self.frontend],
            stdout=subprocess.PIPE,
        )
        self.addCleanup(flood.stdout.close)
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        flood.stdout.readline()
        begin = time.monotonic()
        done = self.run_command("estop")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.robot.wait(LIMIT), 255)
        took = time.monotonic() - begin
        stop = self.event("Received emergency stop")
        self.saw(f"the command `estop` beside 50,000 calls and more: signalled "
                 f"after {stop['signal_latency_us']} us, ended "
                 f"{took * 1e3:.0f} ms after it was given")

    # -- the log ---------------------------------------------------------------

    def subscriber(self, **options):
        result = self.socket_of(zmq.SUB, self.log_frontend, **options)
        result.subscribe(b"")
        return result

    @fault("a reader of the log that never reads",
           "it costs the runtime bounded memory, and no other reader an event")
    def test_a_reader_that_never_reads(self):
        line = "x" * 4000
        loud = json.dumps(["sh", "-c", f"while [ ! -e go ]; do sleep 0.01; "
                           f"done; yes {line} | head -n 40000"])
        self.start_robot(
            f"--process.loud.command={loud}",
            f"--process.loud.directory={self.folder}",
        )
        deaf = self.subscriber(rcvhwm=1, rcvbuf=4096)
        reader = self.subscriber(rcvhwm=0)
        # Once it has one it is subscribed.
        loud = lambda: self.run_command("stop", "nobody")
        self.wait_until(lambda: loud() and reader.poll(50))
        before = self.resident()
        (self.folder / "go").touch()
        gone = 0
        while True:
            _, payload = reader.recv_multipart()
            event = cbor2.loads(payload)[2][0]
            gone += event.get("stream") == "stdout"
            if event["event"] == "Process exited normally":
                break
        grown = self.resident() - before
        self.assert_bounded(grown, 2 * BOUNDED)
        took = self.ends_well()
        deaf.close()
        self.saw(f"160 MB of lines: another reader had {gone} of them, "
                 f"{grown // 1024} MiB more, stopped in {took * 1e3:.0f} ms")

    @fault("a publisher that floods the log, and such as publish garbage",
           "events are lost with a count; the robot's own still come, calls "
           "are answered, and it stops in order")
    def test_publishers_without_measure(self):
        self.start_robot("--health.interval=50ms")
        publisher = self.socket_of(zmq.PUB, self.log_backend)
        event = {"event": "flood", "level": "error", "app": "enemy",
                 "timestamp": "2026-01-01T00:00:00Z", "text": "x" * 1000}
        good = [b"error", cbor2.dumps([2, "error", [event]])]
        bad = [[b"error", x] for x in noise()]
        bad += [[b"error"], [b""], [b"error", good[1], b"more"],
                [b"x" * 100_000, good[1]], [b"error", good[1][:-1]]]
        log = lambda: self.status()["log"]
        self.wait_until(lambda: publisher.send_multipart(bad[0]) or
                        log()["malformed"] > 0)
        before = self.resident()
        for i in range(50_000):
            publisher.send_multipart(good)
            if i % 500 == 0:
                publisher.send_multipart(bad[i // 500 % len(bad)])
        healthy = lambda: self.log.read_text().count('"Health check"')
        count = healthy()
        self.wait_until(lambda: healthy() > count)
        # Of the garbage, too, some was lost.
        self.wait_until(lambda: publisher.send_multipart(bad[0]) or
                        log()["malformed"] > 10)
        counters = log()
        grown = self.resident() - before
        self.assert_bounded(grown, BOUNDED)
        took = self.ends_well()
        self.saw(
            f"50,000 events and garbage: {counters['malformed']} malformed, "
            f"{counters['missed']} missed, {counters['dropped']} dropped, "
            f"{grown // 1024} MiB more, stopped in {took * 1e3:.0f} ms"
        )


if __name__ == "__main__":
    run_faults()
