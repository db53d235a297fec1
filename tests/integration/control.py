#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Drivers around the real runtime: plain sockets and cbor2, and the command
`gamepad`.
usage: control.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import itertools
import json
import signal
import socket
import threading
import time

import cbor2
import zmq

from robot_case import LIMIT, RobotCase, run_tests


def packet(**pad) -> bytes:
    return packet_of({"0": pad})


def packet_of(pads) -> bytes:
    return cbor2.dumps([2, "update_gamepads", [pads]])


class Station:
    """Sends a packet every 20 ms, whatever the test does meanwhile: `pads`
    makes it of its number."""

    def __init__(self, test, pads):
        self.pads = pads
        self.socket = test.driver()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        test.addCleanup(self.stop)
        self.thread.start()

    def run(self):
        for i in itertools.count():
            try:
                self.socket.send(packet_of(self.pads(i)))
            except ConnectionRefusedError:
                pass  # the robot has ended
            if self.over.wait(0.02):
                return

    def stop(self):
        self.over.set()
        self.thread.join(LIMIT)


class Control(RobotCase):
    def test_a_driver_in_python_reaches_the_buffer_and_so_does_silence(self):
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

    def is_gone(self, index):
        pad = self.gamepad(index)
        return pad is not None and not pad["connected"]

    def test_a_gamepad_that_packets_no_longer_name_is_let_go(self):
        robot = self.start_robot()
        both = {"0": {"ly": 0}, "1": {"ly": 1.0, "btn": 1}}
        station = Station(self, lambda _: both)
        self.wait_until(lambda: (self.gamepad(1) or {}).get("connected"))
        pad = self.gamepad(1)
        self.assertTrue(pad["connected"])
        self.assertEqual(pad["params"]["joystick_left_y"], 1)
        self.assertTrue(pad["params"]["button_a"])
        station.pads = lambda _: {"0": {"ly": 0}}
        self.wait_until(lambda: self.is_gone(1))
        pad = self.gamepad(1)
        self.assertEqual(pad["params"]["joystick_left_y"], 0)
        self.assertFalse(pad["params"]["button_a"])
        self.assertTrue(self.gamepad(0)["connected"])
        lost = [
            event for event in self.events(robot)
            if event["event"] == "Control lost" and event["gamepad"] == 1
        ]
        self.assertEqual(len(lost), 1)
        self.assertEqual(lost[0]["level"], "warning")

    def test_a_gamepad_that_is_refused_is_let_go_and_stays_so(self):
        robot = self.start_robot()
        lively = lambda i: {"lx": 0.5, "seq": i, "time": 5 + i * 0.02}
        dead = {
            "1": lambda i: {"lx": 1, "btn": 1, "seq": 7},
            "2": lambda i: {"lx": 1, "btn": 1, "time": 7.0},
            "3": lambda i: {"lx": 1, "btn": 1, "seq": 10_000 - i},
            "4": lambda i: {"lx": 1, "btn": 1, "seq": 1 + i % 2},
        }
        station = Station(
            self,
            lambda i: {"0": lively(i)} | {k: of(i) for k, of in dead.items()},
        )
        for index in range(1, 5):
            self.wait_until(lambda: self.is_gone(index))
            pad = self.gamepad(index)["params"]
            self.assertEqual(pad["joystick_left_x"], 0)
            self.assertFalse(pad["button_a"])
        time.sleep(2)  # time itself is tested: none of them may come back
        self.assertTrue(self.gamepad(0)["connected"])
        # But with numbers that begin anew and go on.
        old = station.pads
        station.pads = lambda i: old(i) | {"1": {"seq": 100 + i}}
        self.wait_until(lambda: self.gamepad(1)["connected"])
        events = self.events(robot)
        # Where this machine stalls for the timeout, the driver is lost as well.
        stalls = [
            e for e in events
            if e["event"] == "Control resumed" and "gamepad" not in e
        ]
        for index in range(1, 5):
            lost = [
                e for e in events
                if e["event"] == "Control lost" and e.get("gamepad") == index
            ]
            self.assertLessEqual(len(lost), 1 + 2 * len(stalls), index)

    def test_a_gamepad_that_calls_no_longer_name_is_let_go(self):
        # Longer than this machine may take from one call to the next.
        robot = self.start_robot("--control.timeout=4s")
        caller = zmq.Context.instance().socket(zmq.DEALER)
        self.addCleanup(caller.close, 0)
        caller.identity = b"station"
        caller.probe_router = 1
        caller.rcvtimeo = LIMIT * 1000
        caller.connect(f"ipc://{self.folder}/run/rpc.sock")

        def call(pads):
            caller.send_multipart(
                [b"broker-service",
                 cbor2.dumps([0, 1, "update_gamepads", [pads]])]
            )
            return cbor2.loads(caller.recv_multipart()[1])[2:]

        pads = {"0": {"seq": 1}, "1": {"lx": 1, "btn": 1, "seq": 1}}
        self.assertEqual(call(pads), [None, None])
        self.assertTrue(self.gamepad(1)["connected"])
        count = itertools.count(2)

        def is_gone():
            call({"0": {"seq": next(count)}, "1": {"seq": 1}})
            return self.is_gone(1)

        self.wait_until(is_gone)
        self.assertFalse(self.gamepad(1)["params"]["button_a"])
        _, result = call({"0": {"seq": next(count)}, "1": {"seq": 1}})
        self.assertEqual(
            result, {"refused": {"reason": "duplicate", "gamepad": 1}}
        )
        self.events(robot)

    def test_one_gamepad_that_ceases_stops_the_robot_in_an_emergency(self):
        robot = self.start_robot("--control.on-timeout=emergency-stop")
        station = Station(self, lambda _: {"0": {}, "1": {"lx": 1}})
        self.wait_until(lambda: self.gamepad(1))
        station.pads = lambda _: {"0": {}}
        self.assertEqual(robot.wait(LIMIT), 255)
        out, _ = robot.communicate(timeout=LIMIT)
        self.assertIn("gamepad 1 of 127.0.0.1", out)

    def test_axes_out_of_range_are_counted_and_told_once(self):
        robot = self.start_robot()
        Station(self, lambda _: {"0": {"lx": 127}, "2": {"ry": -3.5}})

        def count():
            done = self.run_command("status", "--format=json")
            return json.loads(done.stdout)["control"]["out_of_range"]

        # For longer than a second: not even once in that.
        self.wait_until(lambda: count() > 150)
        # Where this machine stalls for the timeout, it is neutral meanwhile.
        self.wait_until(
            lambda: self.gamepad(0)["params"]["joystick_left_x"] == 1
        )
        events = self.events(robot)
        begun = [
            e for e in events
            if e["event"] in ("Control connected", "Control resumed")
        ]
        told = [e for e in events if e["event"] == "Control out of range"]
        self.assertEqual(
            [(e["gamepad"], e["axis"], e["value"]) for e in told[:2]],
            [(0, "lx", 127), (2, "ry", -3.5)],
        )
        self.assertEqual(told[0]["level"], "warning")
        self.assertRegex(told[0]["source"], r"^127\.0\.0\.1:\d+$")
        self.assertLessEqual(len(told), 2 * len(begun))

    def test_a_second_gamepad_is_told_whom_the_robot_obeys(self):
        self.start_robot()
        first = self.start("gamepad", "--lx=0.5")
        self.wait_until(lambda: (self.gamepad() or {}).get("connected"))
        status = json.loads(self.run_command("status", "--format=json").stdout)
        driver = status["control"]["driver"]
        second = self.run_command("gamepad", "--index=1", "--duration=2500ms")
        self.assertEqual(
            second.stderr,
            f"robot-runtime: udp://127.0.0.1:{self.port}: the robot obeys "
            f"another driver, {driver}\n",
        )
        self.assertEqual(second.returncode, 1)
        called = self.run_command("call", "update_gamepads", '{"0": {}}')
        self.assertEqual(called.returncode, 1)
        self.assertIn(f"obeys another driver, {driver}", called.stderr)
        # It is told, too, when its turn has come.
        third = self.start("gamepad", "--index=1", "--duration=10s")
        self.assertIn("another driver", third.stderr.readline())
        first.terminate()
        self.assertEqual(first.wait(LIMIT), 0)
        self.assertIn("obeys this driver", third.stderr.readline())
        third.terminate()
        self.assertEqual(third.wait(LIMIT), 0)
        self.assertEqual(first.stderr.read(), "")

    def test_an_axis_out_of_range_is_bad_usage(self):
        for axis in ("--lx=3", "--ly=-127", "--rx=nan", "--ry=inf"):
            done = self.run_command("gamepad", axis)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn("expected a number from -1.0 to 1.0", done.stderr)

    def test_a_host_that_is_not_allowed_is_told(self):
        self.start_robot('--control.allow-from=["127.0.0.2"]')
        done = self.run_command("gamepad", "--duration=300ms")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not obeyed: not allowed", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_a_gamepad_that_nobody_hears_is_one_line_and_exit_code_1(self):
        for limit in ("--duration=1s", "--timeout=1s", "--duration=500ms"):
            done = self.run_command("gamepad", limit)
            self.assertEqual(done.returncode, 1, done)
            self.assertEqual(len(done.stderr.splitlines()), 1, done)
            self.assertIn("connection refused", done.stderr)
            self.assertIn(f"udp://127.0.0.1:{self.port}", done.stderr)
        # A receiver that answers nothing is one, too.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", self.port))
            done = self.run_command("gamepad", "--duration=300ms")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_driver_without_a_gamepad_is_no_error(self):
        self.start_robot("--control.timeout=1h")
        done = self.run_command("call", "update_gamepads", "{}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.driver().send(packet_of({}))
        status = lambda: json.loads(
            self.run_command("status", "--format=json").stdout
        )["control"]
        self.wait_until(lambda: status()["accepted"] == 2)
        # Nor is it while somebody else drives, who goes on.
        self.driver().send(packet())
        self.wait_until(lambda: status()["accepted"] == 3)
        driver = status()["driver"]
        done = self.run_command("call", "update_gamepads", "{}")
        self.assertEqual((done.returncode, done.stdout), (0, "null\n"))
        self.assertEqual(status()["driver"], driver)
        self.assertEqual(status()["other_driver"], 0)
        self.assertEqual(status()["malformed"], 0)

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
        faults = [
            line
            for line in errors.splitlines()
            if not line.startswith("warning: ")
        ]
        self.assertEqual(
            [x.partition("; ")[0] for x in faults],
            [
                f"robot-runtime: cannot bind udp://127.0.0.1:{self.port}: "
                "address already in use"
            ],
        )

if __name__ == "__main__":
    run_tests()
