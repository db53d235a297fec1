#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a program on the public header alone may pick to speak to others,
against sockets and programs that know nothing of ours, and the example programs
that pick it.
usage: peer_resources.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import json
import os
import select
import signal
import socket
import time

import cbor2
import zmq

from peer_case import LIMIT, Program, free_udp_address
from peer_resources_case import Case, endpoint, run_tests


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
        # Each has a log of its own.
        self.client().call("two", "fly")
        event = json.loads(peer.wait_for("No such method exists"))
        self.assertEqual(event["service"], "two")
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
        pages = self.folder / "pages"
        os.mkfifo(pages)
        reader = os.open(pages, os.O_RDWR)
        self.addCleanup(os.close, reader)
        page = self.folder / "page"
        page.write_text(f'#!/bin/sh\necho "$@" > {pages}\n')
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
        self.assertTrue(select.select([reader], [], [], LIMIT)[0])
        self.assertEqual(os.read(reader, 99), b"hey robot: Process failed\n")
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


if __name__ == "__main__":
    run_tests()
