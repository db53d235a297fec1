#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a program on the public header alone may pick, against sockets and
programs that know nothing of ours, and the example programs that pick it.
usage: peer_resources.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import json
import os
import signal
import socket
import struct
import sys
import time
import unittest
from pathlib import Path

import cbor2
import zmq

from peer_case import LIMIT, PeerCase, Program, free_udp_address
from robot_case import CATALOG, MOTOR

GROUP = "224.1.1.1"


def endpoint(address: str):
    host, port = address.removeprefix("udp://").split(":")
    return host, int(port)


class Case(PeerCase):
    def setUp(self):
        super().setUp()
        self.control = free_udp_address()
        port = endpoint(free_udp_address())[1]
        self.group = f"udp://{GROUP}:{port}"
        (self.folder / "catalog.yaml").write_text(CATALOG)
        (self.folder / "devices.ini").write_text(
            f'[device]\nnames = {{ left-motor = "{MOTOR}" }}\n'
        )
        self.prefix = f"p{os.getpid()}-{id(self) % 100000}"

    def options(self) -> list:
        return [
            *super().options(),
            f"--control.address={self.control}",
            f"--update.address={self.group}",
            "--update.interval=20ms",
            f"--device.prefix={self.prefix}",
        ]

    def pick(self, *arguments, **environment) -> Program:
        program = self.build / "bin" / "test-peer-resources"
        return Program(
            self, [program, *self.options(), *arguments], **environment
        )

    def with_devices(self) -> dict:
        return {
            "RR_DEVICE_CATALOG": str(self.folder / "catalog.yaml"),
            "RR_CONFIG_FILE": str(self.folder / "devices.ini"),
        }

    def robot(self, sections="", *arguments, **environment) -> Program:
        file = self.folder / "robot.ini"
        file.write_text(
            (self.folder / "devices.ini").read_text() + "\n" + sections
        )
        program = self.build / "bin" / "robot-runtime"
        robot = Program(
            self,
            [
                program,
                "run",
                f"--config-file={file}",
                f"--device.catalog={self.folder}/catalog.yaml",
                *self.options(),
                *arguments,
            ],
            **environment,
        )
        robot.wait_for("Log publisher configured")
        return robot

    def failed(self, *arguments, **environment) -> str:
        peer = self.pick(*arguments, **environment)
        self.assertEqual(peer.wait(), 1)
        return peer.errors()


class Calls(Case):
    def test_several_services_and_clients_of_one_program(self):
        peer = self.pick("two-services", "two-clients")
        self.peer("route")
        heard = {peer.wait_for(" heard [1]") for _ in range(2)}
        self.assertEqual(
            heard,
            {
                "one heard [1] from robot-client",
                "two heard [1] from second",
            },
        )
        self.assertEqual(peer.stop(), 0)

    def test_two_services_of_one_name_are_refused(self):
        self.assertIn(
            "serve: a program has one service two", self.failed("same-service")
        )

    def test_a_dealer_reaches_a_router_of_anybody(self):
        router = zmq.Context.instance().socket(zmq.ROUTER)
        self.addCleanup(router.close, 0)
        router.rcvtimeo = LIMIT * 1000
        port = router.bind_to_random_port("tcp://127.0.0.1")
        peer = self.pick(
            f"dealer=tcp://127.0.0.1:{port}", RR_CLIENT_TIMEOUT="1h"
        )
        while True:
            sender, *frames = router.recv_multipart()
            if len(frames) == 2:
                break
        self.assertEqual((sender, frames[0]), (b"guest", b"two"))
        self.assertEqual(cbor2.loads(frames[1])[2:], ["say", [1]])
        # Nobody answers; it does not wait for as long as the options say.
        peer.wait_for("say of two timed out")

    def test_a_publisher_tells_a_subscriber_and_nobody_answers(self):
        where = f"ipc://{self.folder}/news.sock"
        listener = self.pick(f"subscribe={where}")
        listener.wait_for("set up")
        speaker = self.pick(f"publish={where}")
        speaker.wait_for("answer: ")
        self.assertNotIn('answer: "', "".join(speaker.lines))
        listener.wait_for('listener heard ["news"] from say')
        self.assertEqual(speaker.stop(), 0)
        self.assertEqual(listener.stop(), 0)

    def test_calls_by_datagrams(self):
        where = free_udp_address()
        service = self.pick(f"udp-service={where}")
        service.wait_for("set up")
        client = self.pick(f"udp-client={where}")
        client.wait_for('answer: "datagram"')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
            plain.settimeout(LIMIT)
            plain.bind(("127.0.0.1", 0))
            for payload in (b"noise", cbor2.dumps([0, 7, "say", [2]])):
                plain.sendto(payload, endpoint(where))
            answer = cbor2.loads(plain.recv(1000))
        self.assertEqual(answer, [1, 7, None, "datagram"])
        service.wait_for("datagram heard [2] from 127.0.0.1:")

    def test_an_address_that_is_none_ends_it_with_a_line(self):
        for pick in ("dealer", "publish", "subscribe", "udp-service"):
            errors = self.failed(f"{pick}=nowhere")
            self.assertEqual(errors.count("\n"), 1, errors)
            self.assertIn("nowhere", errors)


class Log(Case):
    def test_it_hears_the_log_of_a_robot_from_its_level_on(self):
        self.robot(
            '[process.sick]\ncommand = ["/bin/sh", "-c", '
            '"while sleep 0.1; do echo fine; echo ill >&2; done"]\n'
        )
        peer = self.pick("log")
        peer.wait_for("heard warning ill")
        peer.wait_for("received ")
        self.assertEqual(peer.stop(), 0)
        self.assertNotIn("fine", "".join(peer.lines))

    def test_malformed_events_are_counted(self):
        forwarder = self.pick("forward")
        forwarder.wait_for("set up")
        peer = self.pick("log")
        publisher = zmq.Context.instance().socket(zmq.PUB)
        self.addCleanup(publisher.close, 0)
        publisher.connect(f"ipc://{self.run_folder}/log.sock")
        seen = False
        end = time.monotonic() + LIMIT
        while not seen and time.monotonic() < end:
            publisher.send_multipart([b"error", b"\\xff"])
            line = peer.wait_for("received ")
            seen = "malformed 0" not in line
        self.assertTrue(seen)
        self.assertEqual(peer.stop(), 0)

    def test_a_handler_that_throws_ends_the_program(self):
        self.robot(
            '[process.talker]\ncommand = ["/bin/sh", "-c", '
            '"while sleep 0.1; do echo fine; done"]\n'
        )
        peer = self.pick("log-throws")
        self.assertEqual(peer.wait(), 1)
        self.assertIn("no pager", "".join(peer.lines))

    def test_the_example_watcher_pages_at_an_error(self):
        page = self.folder / "page"
        page.write_text(f'#!/bin/sh\necho "$@" >> {self.folder}/pages\n')
        page.chmod(0o755)
        watcher = Program(
            self,
            [
                self.build / "examples" / "log_watcher",
                *self.options(),
                "--",
                page,
                "hey",
            ],
        )
        self.robot(
            '[process.sick]\ncommand = ["/bin/sh", "-c", "sleep 1; exit 3"]\n'
            'on-failure = "ignore"\n'
        )
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and not (self.folder / "pages").exists():
            time.sleep(0.05)
        pages = (self.folder / "pages").read_text()
        self.assertEqual(pages, "hey robot: Process failed\n")
        self.assertEqual(watcher.stop(), 0)


class Devices(Case):
    def test_updates_are_heard_and_malformed_ones_are_counted(self):
        peer = self.pick("updates")
        peer.wait_for("set up")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as robot:
            robot.setsockopt(
                socket.IPPROTO_IP,
                socket.IP_MULTICAST_IF,
                socket.inet_aton("127.0.0.1"),
            )
            update = cbor2.dumps([2, "update", [{"5": {"speed": 1.5}}]])
            for payload in (b"noise", update):
                robot.sendto(payload, endpoint(self.group))
            self.assertEqual(
                peer.wait_for("update "), 'update 5 {"speed":1.5}'
            )
        peer.wait_for("malformed 1")
        self.assertEqual(peer.stop(), 0)

    def test_updates_are_sent(self):
        peer = self.pick("updates")
        peer.wait_for("set up")
        self.pick("publish-updates")
        self.assertEqual(peer.wait_for("update "), 'update 61 {"speed":0.5}')

    def test_buffers_of_its_own(self):
        for shared in ("true", "false"):
            peer = self.pick(
                "buffers", **self.with_devices(), RR_DEVICE_SHARED=shared
            )
            self.assertEqual(peer.wait(), 0)
            line = next(x for x in peer.lines if x.startswith("speed "))
            self.assertRegex(line, "^speed 2.5, 1 valid, unknown: right-motor")
            left = [x for x in os.listdir("/dev/shm") if self.prefix in x]
            self.assertEqual(left, [])

    def test_buffers_of_a_runtime_stay_when_it_ends(self):
        robot = self.robot()
        peer = self.pick("buffers", **self.with_devices())
        self.assertEqual(peer.wait(), 0)
        self.assertRegex("".join(peer.lines), "speed 2.5, 1 valid")
        show = Program(
            self,
            [
                self.build / "bin" / "robot-runtime",
                "buffers",
                "show",
                "left-motor",
                "--format=json",
                f"--config-file={self.folder}/robot.ini",
                *self.options(),
            ],
        )
        self.assertEqual(json.loads(show.wait_for("{"))["params"]["speed"], 2.5)
        self.assertEqual(robot.stop(), 0)

    def test_buffers_need_a_catalog(self):
        self.assertIn("names no catalog", self.failed("buffers"))


class Control(Case):
    def test_a_driver_drives_and_a_receiver_hears_it_go(self):
        receiver = self.pick("receive")
        receiver.wait_for("set up")
        driver = self.pick("drive")
        driver.wait_for("refused: gamepad 0: lx: expected")
        receiver.wait_for("gamepad 0 at 0.000000 5")
        receiver.wait_for("gamepad 0 at 0.500000 5")
        receiver.wait_for("driver 127.0.0.1:")
        driver.wait_for("robot: ")
        driver.child.send_signal(signal.SIGKILL)
        receiver.wait_for("gamepad 0 gone at 0.000000 0")
        self.assertEqual(receiver.stop(), 0)

    def test_single_packets(self):
        receiver = self.pick("receive")
        receiver.wait_for("set up")
        sender = self.pick("send-once")
        self.assertEqual(sender.wait(), 0)
        self.assertIn("gamepad 16: expected an index", "".join(sender.lines))
        receiver.wait_for("gamepad 2 at 0.000000 0")

    def test_a_lost_driver_stops_who_wants_that(self):
        receiver = self.pick(
            "receive", RR_CONTROL_ON_TIMEOUT="emergency-stop"
        )
        receiver.wait_for("set up")
        self.pick("send-once").wait()
        self.assertEqual(receiver.wait(), 255)

    def test_the_example_station_drives_and_shows_updates(self):
        receiver = self.pick("receive", "publish-updates")
        receiver.wait_for("set up")
        read_end, write_end = os.pipe()
        with open(read_end, "rb") as lines, open(write_end, "wb") as hand:
            station = Program(
                self,
                [self.build / "examples" / "driver_station", *self.options()],
                stdin=lines,
            )
            station.wait_for('61 {"speed":0.5}')
            hand.write(b"0 0.25 0 0\n")
            hand.flush()
            receiver.wait_for("gamepad 0 at 0.250000 0")
            station.wait_for("the robot says: ")
        self.assertEqual(station.wait(), 0)


class Others(Case):
    def test_spin_calls_at_once_and_ends_when_told(self):
        peer = self.pick("spin-and-end")
        self.assertEqual(peer.wait(), 0)
        ticks = [x for x in peer.lines if x.startswith("tick")]
        self.assertEqual(ticks, ["tick 1", "tick 2", "tick 3"])
        peer = self.pick("slowly", "never")
        peer.wait_for("at once")
        self.assertEqual(peer.stop(), 0)
        self.assertNotIn("never", peer.lines)

    def test_an_actor_of_ones_own_ends_when_it_is_done(self):
        peer = self.pick("own")
        peer.wait_for("countdown 0")
        self.assertEqual(peer.stop(), 0)
        self.assertEqual(self.pick("own-emergency").wait(), 255)

    def test_health(self):
        peer = self.pick("health")
        self.assertEqual(peer.wait(), 0)
        self.assertIn("health 1 1 1", peer.lines)
        self.assertIn("Health check", "".join(peer.lines))

    def child(self, script) -> tuple:
        return ("--", "/bin/sh", "-c", script)

    def events(self, peer) -> list:
        return [
            x["event"] for x in peer.events() if x.get("process") == "child"
        ]

    def test_a_child_that_ends_well(self):
        peer = self.pick("supervise", *self.child("echo hello $RR_ROUTER_BACKEND"))
        peer.wait_for("hello ipc://")
        peer.wait_for("Process exited normally")
        self.assertEqual(peer.stop(), 0)

    def test_a_child_that_fails_stops_it_or_not(self):
        peer = self.pick("supervise", *self.child("exit 3"))
        self.assertEqual(peer.wait(), 1)
        self.assertIn("Process failed", self.events(peer))
        peer = self.pick("supervise-ignored", *self.child("exit 3"))
        peer.wait_for("Process failed")
        self.assertEqual(peer.stop(), 0)

    def test_a_child_that_raises_an_emergency_stops_it(self):
        peer = self.pick("supervise-ignored", *self.child("exit 255"))
        self.assertEqual(peer.wait(), 255)
        self.assertIn("Received emergency stop", self.events(peer))

    def test_a_child_is_terminated_with_its_program(self):
        peer = self.pick("supervise", *self.child("sleep 1000 & wait"))
        peer.wait_for("Process started")
        self.assertEqual(peer.stop(), 0)
        self.assertIn("Terminated process", self.events(peer))
        peer = self.pick("supervise", *self.child("trap '' TERM; sleep 1000"))
        peer.wait_for("Process started")
        peer.child.send_signal(signal.SIGTERM)
        peer.wait_for("Application is exiting")
        peer.wait()
        self.assertIn("Killed process", self.events(peer))

    def test_nothing_of_a_child_outlives_a_program_that_is_killed(self):
        file = self.folder / "pid"
        peer = self.pick(
            "supervise",
            *self.child(f"setsid sh -c 'echo $$ > {file}; exec sleep 1000' & "
                        "wait"),
        )
        peer.wait_for("Process started")
        end = time.monotonic() + LIMIT
        while not (file.exists() and file.read_text()):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        pid = int(file.read_text())
        peer.child.send_signal(signal.SIGKILL)
        while os.path.exists(f"/proc/{pid}"):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_a_child_that_is_ended_by_its_resource(self):
        peer = self.pick("supervise-and-end", *self.child("sleep 1000"))
        peer.wait_for("one child")
        peer.wait_for("Terminated process")
        self.assertEqual(peer.stop(), 0)

    def test_a_child_without_a_command_is_refused(self):
        self.assertIn(
            "supervise child: expected a command",
            self.failed("supervise-nothing"),
        )


if __name__ == "__main__":
    PeerCase.build, PeerCase.source = (Path(x) for x in sys.argv[1:])
    unittest.main(argv=sys.argv[:1], verbosity=2)
