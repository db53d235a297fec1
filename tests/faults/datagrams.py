#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams that are lost, doubled, late and forged: of drivers, and of updates
of devices.
usage: datagrams.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import itertools
import json
import os
import random
import select
import socket
import subprocess
import sys
import time

import cbor2

from fault_case import fault, run_faults
from outside_case import OutsideCase

from control import packet, packet_of
from remote_calls import noise
from robot_case import GROUP, LIMIT, MOTOR

FULL = 65507  # bytes of the largest datagram


class Datagrams(OutsideCase):
    def control(self):
        return self.status()["control"]

    def counted(self, name, count):
        """Waits for as many, and returns how many there are then."""
        self.wait_until(lambda: self.control()[name] >= count)
        return self.control()[name]

    def drive(self, *arguments, **pad):
        """Starts a robot that is driven, and returns its driver."""
        self.start_robot(*arguments)
        driver = self.driver()
        driver.send(packet(**{"lx": 0.5} | pad))
        self.counted("accepted", 1)
        return driver

    def stick(self):
        pad = self.gamepad()
        return pad["connected"], pad["params"]["joystick_left_x"]

    def goes_on(self, *what):
        self.assertEqual(self.ask("ping"), (None, "pong"))
        self.ends_well()
        self.saw(", ".join(what))

    # -- of drivers ------------------------------------------------------------

    @fault("half of all control packets are lost, and ten in a row",
           "control is not lost as long as one comes in each control.timeout")
    def test_control_packets_lost(self):
        driver = self.drive("--control.timeout=5s")
        draw, sent = random.Random(1), 0
        for i in range(100):
            if draw.random() < 0.5 and not 40 <= i < 50:
                driver.send(packet(lx=0.5))
                sent += 1
        self.counted("accepted", sent + 1)
        self.assertEqual(self.stick(), (True, 0.5))
        self.assertEqual(self.control()["lost"], 0)
        self.goes_on(f"{100 - sent} of 100 lost, control lost 0 times")

    @fault("all control packets are lost",
           "gamepads are neutral and not connected after control.timeout")
    def test_all_control_packets_lost(self):
        self.drive("--control.timeout=200ms")
        begin = time.monotonic()
        self.wait_until(lambda: self.control()["lost"] == 1)
        took = time.monotonic() - begin
        self.assertEqual(self.stick(), (False, 0))
        lost = self.event("Control lost")
        self.goes_on(f"told after {took * 1e3:.0f} ms by {lost['event']}")

    @fault("each control packet comes twice",
           "its number makes the second one none; both are counted")
    def test_control_packets_doubled(self):
        driver = self.drive("--control.timeout=5s", seq=1)
        for i in range(2, 102):
            for _ in range(2):
                driver.send(packet(lx=i / 404, seq=i))
        doubled = self.counted("duplicate", 100)
        control = self.control()
        self.assertEqual((doubled, control["accepted"]), (100, 101))
        self.assertEqual(self.stick(), (True, 0.25))
        self.goes_on("100 doubled, 100 refused as duplicate")

    @fault("control packets come in another order",
           "what is older than what has come does nothing")
    def test_control_packets_late(self):
        driver = self.drive("--control.timeout=5s", seq=100)
        numbers = list(range(101, 201))
        random.Random(1).shuffle(numbers)
        highest, expected = 100, 0
        for number in numbers:
            driver.send(packet(lx=number / 200, seq=number))
            expected += number < highest
            highest = max(highest, number)
        late = self.counted("reordered", expected)
        self.assertEqual(late, expected)
        self.assertEqual(self.stick(), (True, 1))
        self.goes_on(f"100 in disorder, {late} refused as reordered")

    @fault("control packets that were under way for a second",
           "they do nothing, whatever the clocks say, and keep no control")
    def test_control_packets_that_are_too_old(self):
        driver = self.drive("--control.timeout=1s", seq=1, time=5000.0)
        for i in range(2, 12):
            driver.send(packet(lx=-1, seq=i, time=4999.0 + i * 0.001))
        late = self.counted("too_old", 10)
        self.assertEqual(self.control()["accepted"], 1)
        self.wait_until(lambda: self.control()["lost"] == 1)
        self.assertEqual(self.stick(), (False, 0))
        self.goes_on(f"{late} refused as too old, then control was lost")

    @fault("a stranger sends control packets while somebody drives",
           "the driver alone is obeyed, the stranger is told whom")
    def test_control_packets_of_a_stranger(self):
        driver = self.drive("--control.timeout=5s", seq=1)
        stranger = self.driver()
        for i in range(100):
            # So long that the answer, which is no longer, says it all.
            stranger.send(packet(lx=-1, ly=-1, rx=-0.125, ry=-0.125, btn=3,
                                 seq=1000 + i, time=1e9 + i))
            driver.send(packet(lx=0.5, seq=2 + i))
        refused = self.counted("other_driver", 100)
        self.counted("accepted", 101)
        self.assertEqual(self.stick(), (True, 0.5))
        stranger.settimeout(LIMIT)
        kind, name, [why] = cbor2.loads(stranger.recv(4096))
        self.assertEqual((kind, name), (2, "control_refused"))
        self.goes_on(f"{refused} refused, and told: {why['reason']}")

    @fault("the driver falls silent while a stranger goes on sending",
           "with on-timeout = emergency-stop the robot is stopped all the same")
    def test_a_stranger_keeps_no_control(self):
        driver = self.drive(
            "--control.timeout=300ms", "--control.on-timeout=emergency-stop"
        )
        stranger, refused = self.driver(), 0
        ended = select.poll()
        descriptor = os.pidfd_open(self.robot.pid)
        self.addCleanup(os.close, descriptor)
        ended.register(descriptor, select.POLLIN)
        driver.send(packet(lx=0.5))
        while self.robot.poll() is None:
            try:
                stranger.send(packet(lx=-1))
                refused += 1
            except ConnectionRefusedError:
                pass
            ended.poll(10)
        self.assertEqual(self.robot.wait(LIMIT), 255)
        self.saw(f"stopped while the stranger had sent {refused}")

    @fault("control packets of a host that may send none",
           "refused, whoever drives; counted")
    def test_control_packets_of_a_forbidden_host(self):
        self.drive('--control.allow-from=["127.0.0.1"]', "--control.timeout=5s")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            for _ in range(100):
                stranger.sendto(packet(lx=-1), ("127.0.0.1", self.port))
        refused = self.counted("not_allowed", 100)
        self.assertEqual(self.stick(), (True, 0.5))
        self.goes_on(f"{refused} refused as not allowed")

    @fault("forged control packets: garbage, bombs, wrong forms and values",
           "each is refused as a whole and counted; who drives goes on")
    def test_forged_control_packets(self):
        driver = self.drive("--control.timeout=10s")
        forged = [x[:FULL] for x in noise()] + [bytes(FULL), b"\x83\x02"]
        forged += [cbor2.dumps(x) for x in (
            [2, "update", [{}]], [0, 1, "update_gamepads", [{}]],
            [2, "update_gamepads", []], [2, "update_gamepads", [{}, {}]],
            [2, "update_gamepads", {}], [2, "emergency_stop", []],
        )]
        wrong = [{"16": {}}, {"-1": {}}, {"x": {}}, {0: {}}, {"0": []}]
        wrong += [{"0": {"lx": x}} for x in (
            float("nan"), float("inf"), -float("inf"), "1", None, [1])]
        wrong += [{"0": {"btn": x}} for x in (-1, 1.5, "1", 2**64)]
        wrong += [{"0": {"seq": x}} for x in (-1, 1.5, "1")]
        wrong += [{"0": {"time": x}} for x in (float("nan"), "now")]
        wrong += [{str(i): {"lx": -1} for i in range(17)}]
        forged += [packet_of(x) for x in wrong]
        good = packet(lx=0.25)
        forged += [good[:-i] for i in range(1, len(good))] + [good + b"\0"]
        refused = 0
        for each in forged:
            driver.send(each)
            refused += 1
            # No more than the kernel's buffer has room for.
            if len(each) > 10_000 or refused % 50 == 0:
                self.wait_until(lambda: self.refused() >= refused)
        self.wait_until(lambda: self.refused() == len(forged))
        self.assertEqual(self.control()["accepted"], 1)
        self.assertEqual(self.stick(), (True, 0.5))
        self.goes_on(f"{len(forged)} refused")

    def refused(self):
        control = self.control()
        return control["malformed"] + control["oversized"]

    @fault("a flood of control packets of a stranger",
           "each is refused and counted, and an emergency stop comes as ever")
    def test_a_flood_of_control_packets(self):
        self.start_robot("--control.timeout=5s")
        flood = subprocess.Popen(
            [sys.executable, "-c",
             "import socket, sys\n"
             "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
             "s.connect(('127.0.0.1', int(sys.argv[1])))\n"
             "while True:\n"
             "    try: s.send(b'\\xff' * 1000)\n"
             "    except OSError: pass\n", str(self.port)],
        )
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        self.wait_until(lambda: self.control()["malformed"] > 20_000)
        begin = time.monotonic()
        done = self.run_command("estop")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.robot.wait(LIMIT), 255)
        took = time.monotonic() - begin
        told = len(self.logged("Control ignored"))
        self.saw(f"20,000 and more counted, told {told} times, stopped "
                 f"{took * 1e3:.0f} ms after the order")

    # -- of updates ------------------------------------------------------------

    def listener(self):
        result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            result.setsockopt(socket.SOL_SOCKET, option, 1)
        result.bind((GROUP, self.group_port))
        result.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1"),
        )
        result.settimeout(LIMIT)
        return result

    @fault("nine of ten updates are lost",
           "what a listener has missed comes again within "
           "update.full-interval")
    def test_updates_lost(self):
        self.start_robot("--update.full-interval=100ms",
                         "--update.interval=10ms")
        self.make_motor()
        listener = self.listener()
        lost = 0
        for i in itertools.count():
            update = cbor2.loads(listener.recv(65536))[2][0]
            if i % 10:
                lost += 1
            elif update.get(str(MOTOR)) == {"duty_cycle": 0.25, "speed": 0}:
                break
        self.goes_on(f"all values known after {lost} lost ones")

    @fault("updates that are doubled, late, forged and garbage",
           "`watch` tells whose each is, warns of what is none, and goes on")
    def test_forged_updates(self):
        self.start_robot()
        self.make_motor()
        own = cbor2.loads(self.listener().recv(65536))
        self.assertEqual(own[:2], [2, "update"])
        watch = self.start("watch", "--format=json")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as enemy:
            enemy.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                             socket.inet_aton("127.0.0.1"))
            enemy.bind(("127.0.0.1", 0))
            source = "127.0.0.1:%d" % enemy.getsockname()[1]
            forged = cbor2.dumps(
                [2, "update", [{str(MOTOR): {"duty_cycle": 9.5}}]]
            )
            garbage = [x[:FULL] for x in noise()] + [forged[:-1]]
            seen = {}
            watch.stdout.readline()
            for each in [forged] * 4 + garbage + [forged]:
                enemy.sendto(each, (GROUP, self.group_port))
                # It is read as fast as it comes.
                line = json.loads(watch.stdout.readline())
                seen.setdefault(line["source"], []).append(line["devices"])
            while len(seen.get(source, [])) < 5 or len(seen) < 2:
                line = json.loads(watch.stdout.readline())
                seen.setdefault(line["source"], []).append(line["devices"])
        watch.terminate()
        watch.wait(LIMIT)
        warnings = watch.stderr.read().splitlines()
        self.assertTrue(all(source in x for x in warnings), warnings)
        theirs = seen.pop(source)
        self.assertEqual({x[str(MOTOR)]["duty_cycle"] for x in theirs}, {9.5})
        for devices in itertools.chain(*seen.values()):
            motor = devices.get(str(MOTOR), {})
            self.assertIn(motor.get("duty_cycle", 0.25), (0.25, 0))
        self.goes_on(f"{len(garbage)} of garbage, {len(warnings)} warnings; "
                     f"{len(theirs)} forged under the forger's address alone")


if __name__ == "__main__":
    run_faults()
