#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Listeners to the real runtime's device updates: plain sockets and cbor2, and
the command `watch`.
usage: updates.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import socket
import struct
import subprocess
import time

import cbor2

from robot_case import GROUP, LIMIT, MOTOR, RobotCase, run_tests


class Updates(RobotCase):
    def listener(self):
        result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        result.bind((GROUP, self.group_port))
        request = struct.pack(
            "4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1")
        )
        result.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request
        )
        result.settimeout(LIMIT)
        return result

    def test_an_empty_update_leaves_without_devices_and_without_catalog(self):
        with_catalog = list(self.options)
        without = [x for x in with_catalog if "--device.catalog" not in x]
        for self.options in (with_catalog, without):
            robot = self.start_robot()
            listener = self.listener()
            for _ in range(3):
                self.assertEqual(
                    cbor2.loads(listener.recv(65536)), [2, "update", [{}]]
                )
            watch = self.run_command("watch", "--count=1", "--format=json")
            self.assertEqual(json.loads(watch.stdout)["devices"], {})
            self.assertIn(
                "no devices", self.run_command("watch", "--count=1").stdout
            )
            status = json.loads(
                self.run_command("status", "--format=json").stdout
            )
            self.assertGreater(status["update"]["updates"], 2)
            self.events(robot)

    def test_listeners_see_what_a_device_says(self):
        self.start_robot()
        self.make_motor()
        watch = self.start("watch", "--count=1", "--format=json")
        listener = self.listener()
        values = {}
        while values.get("duty_cycle") != 0.25:
            kind, method, args = cbor2.loads(listener.recv(65536))
            self.assertEqual((kind, method), (2, "update"))
            values |= args[0].get(str(MOTOR), {})
        out, errors = watch.communicate(timeout=LIMIT)
        self.assertEqual(watch.returncode, 0, errors)
        update = json.loads(out)
        self.assertRegex(update["source"], r"^127\.0\.0\.1:\d+$")
        self.assertIn(str(MOTOR), update["devices"])
        status = json.loads(
            self.run_command("status", "--format=json").stdout
        )
        self.assertGreater(status["update"]["datagrams"], 0)
        self.assertEqual(status["update"]["unsent"], 0)

    def test_watch_tells_of_silence(self):
        done = self.run_command("watch", "--timeout=1500ms")
        self.assertEqual(done.returncode, 1)
        where = f"udp://{GROUP}:{self.group_port} on 127.0.0.1"
        self.assertEqual(
            done.stderr.splitlines(),
            [f"robot-runtime: nothing has come yet from {where}",
             f"robot-runtime: nothing has come from {where}; does a runtime "
             "run, with this update.address and update.interface?"],
        )
        watch = self.start("watch", "--count=1", "--format=json")
        self.assertIn("nothing has come yet", watch.stderr.readline())
        self.start_robot()
        self.assertEqual(watch.wait(LIMIT), 0)
        done = self.run_command("watch", "--timeout=300ms")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no devices", done.stdout)

    def watch_into(self, output, *arguments):
        return subprocess.run(
            self.command("watch", *arguments),
            env=self.environment,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=LIMIT,
        )

    def test_what_watch_cannot_write_is_a_failure(self):
        self.start_robot()
        with open("/dev/full", "wb") as full:
            done = self.watch_into(full)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(
            done.stderr,
            r"\Arobot-runtime: cannot write standard output: .*\n\Z",
        )

    def test_watch_waits_for_its_reader_no_longer_than_its_time(self):
        self.start_robot()
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, bytes(4096))
        except BlockingIOError:
            os.set_blocking(writing, True)
        done = self.watch_into(writing, "--timeout=500ms")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr,
            "robot-runtime: cannot write standard output: its reader takes "
            "too long\n",
        )

    def test_watch_tells_two_robots_apart_and_a_full_pipe_ends_it(self):
        senders = []
        for _ in range(2):
            robot = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(robot.close)
            robot.setsockopt(
                socket.IPPROTO_IP,
                socket.IP_MULTICAST_IF,
                socket.inet_aton("127.0.0.1"),
            )
            senders.append(robot)
        watch = self.start("watch", "--format=json")
        seen = set()
        update = cbor2.dumps([2, "update", [{"7": {"x": 1}}]])
        os.set_blocking(watch.stdout.fileno(), False)
        text = ""

        def both_seen():
            nonlocal text
            for robot in senders:
                robot.sendto(update, (GROUP, self.group_port))
            try:
                text += os.read(watch.stdout.fileno(), 65536).decode()
            except BlockingIOError:
                pass
            for line in text.splitlines(keepends=True):
                if line.endswith("\n"):
                    seen.add(json.loads(line)["source"])
            return len(seen) == 2

        self.wait_until(both_seen)
        time.sleep(0.2)  # nothing more to print: silence must end it as well
        watch.stdout.close()
        self.assertEqual(watch.wait(LIMIT), 0)
        self.assertEqual(watch.stderr.read(), "")


if __name__ == "__main__":
    run_tests()
