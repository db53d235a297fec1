#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Drivers and listeners around the real runtime: plain sockets and cbor2 in
both directions, and the program's own commands.
usage: control.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import socket
import struct
import time

import cbor2

from robot_case import GROUP, LIMIT, MOTOR, RobotCase, run_tests


def packet(**pad) -> bytes:
    return cbor2.dumps([2, "update_gamepads", [{"0": pad}]])


class Control(RobotCase):
    def test_a_driver_in_python_reaches_the_buffer_and_his_silence_too(self):
        robot = self.start_robot("--control.timeout=3s")
        driver = self.driver()
        driver.send(packet(lx=0.5, ly=0, rx=0, ry=-1, btn=2))
        self.wait_until(self.gamepad)
        pad = self.gamepad()
        self.assertTrue(pad["connected"])
        self.assertEqual(pad["params"]["joystick_left_x"], 0.5)
        self.assertEqual(pad["params"]["joystick_right_y"], -1)
        self.assertFalse(pad["params"]["button_a"])
        self.assertTrue(pad["params"]["button_b"])
        self.wait_until(lambda: not self.gamepad()["connected"])
        pad = self.gamepad()
        self.assertEqual(pad["params"]["joystick_left_x"], 0)
        self.assertFalse(pad["params"]["button_b"])
        names = [event["event"] for event in self.events(robot)]
        self.assertIn("Control connected", names)
        self.assertIn("Control lost", names)

    def test_the_gamepad_command_drives_and_its_end_is_silence(self):
        self.start_robot()
        pad = self.start("gamepad", "--ly=1", "--btn=1")
        self.wait_until(
            lambda: (self.gamepad() or {"params": {}})["params"].get(
                "joystick_left_y"
            )
            == 1
        )
        pad.send_signal(signal.SIGTERM)
        self.assertEqual(pad.wait(LIMIT), 0)
        self.wait_until(lambda: not self.gamepad()["connected"])
        self.assertEqual(self.gamepad()["params"]["joystick_left_y"], 0)
        # Another that comes back shows rest first, and so is obeyed.
        self.start("gamepad", "--ly=-1")
        self.wait_until(
            lambda: self.gamepad()["params"]["joystick_left_y"] == -1
        )

    def test_a_device_that_is_no_gamepad_is_one_line(self):
        for device, code, text in (
            ("/dev/null", 1, "/dev/null: it is no input device"),
            ("/nowhere", 1, "cannot open /nowhere: no such file or directory"),
            ("", 2, "--device= names no device"),
        ):
            done = self.run_command("gamepad", f"--device={device}")
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(text, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
        done = self.run_command("gamepad", "--device=auto", "--ly=1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--ly", done.stderr)

    def test_a_call_drives_as_a_packet_does(self):
        self.start_robot("--control.timeout=2s")
        called = self.run_command("call", "update_gamepads", '{"0": {"lx": 1}}')
        self.assertEqual(called.returncode, 0, called.stderr)
        self.assertEqual(self.gamepad()["params"]["joystick_left_x"], 1)
        status = json.loads(
            self.run_command("status", "--format=json").stdout
        )
        self.assertEqual(status["control"]["accepted"], 1)
        refused = self.run_command("call", "update_gamepads", '{"16": {}}')
        self.assertEqual(refused.returncode, 1)
        self.assertIn("index", refused.stderr)
        self.wait_until(lambda: not self.gamepad()["connected"])

    def test_silence_stops_the_robot_where_it_is_an_emergency(self):
        robot = self.start_robot(
            "--control.on-timeout=emergency-stop", "--control.timeout=300ms"
        )
        time.sleep(0.5)
        self.assertIsNone(robot.poll())
        self.driver().send(packet(lx=1))
        self.assertEqual(robot.wait(LIMIT), 255)

    def test_an_address_in_use_is_one_line_and_exit_code_1(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", self.port))
            robot = self.start("run")
            _, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 1)
        self.assertEqual(
            errors,
            f"robot-runtime: cannot bind udp://127.0.0.1:{self.port}: "
            "address already in use\n",
        )

    def test_listeners_see_what_a_device_says(self):
        self.start_robot()
        self.make_motor()
        watch = self.start("watch", "--count=1", "--format=json")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((GROUP, self.group_port))
            request = struct.pack(
                "4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1")
            )
            listener.setsockopt(
                socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request
            )
            listener.settimeout(LIMIT)
            values = {}
            while values.get("duty_cycle") != 0.25:
                kind, method, args = cbor2.loads(listener.recv(65536))
                self.assertEqual((kind, method), (2, "update"))
                values |= args[0][str(MOTOR)]
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
