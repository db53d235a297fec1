#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A runtime that is stopped or killed, what its devices see of it, and what its
service manager hears.
usage: selfwatch.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import select
import signal
import socket
import threading
import time

import cbor2

from robot_case import LIMIT, RobotCase, run_tests

SAFE_WITHIN = 0.12  # seconds from the silence of the runtime to a safe value


class Observer:
    """Sees a value again and again on a thread of its own."""

    def __init__(self, test, look):
        self.look = look
        self.seen = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        test.addCleanup(self.stop)
        self.thread.start()

    def run(self):
        while not self.over.is_set():
            begin = time.monotonic()
            self.seen.append((begin, self.look()))

    def stop(self):
        self.over.set()
        self.thread.join()

    def values_since(self, moment):
        return [value for when, value in self.seen if when >= moment]


class Station:
    """Drives at full speed, every 10 ms, whatever becomes of the runtime."""

    def __init__(self, test):
        self.axis = 1.0
        self.socket = test.driver()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        test.addCleanup(self.stop)
        self.thread.start()

    def run(self):
        while not self.over.wait(0.01):
            pads = {"0": {"lx": self.axis, "btn": 1}}
            try:
                self.socket.send(cbor2.dumps([2, "update_gamepads", [pads]]))
            except OSError:
                pass

    def stop(self):
        self.over.set()
        self.thread.join()


class Manager:
    """A service manager's socket."""

    def __init__(self, test, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        test.addCleanup(self.socket.close)
        self.socket.bind(path)
        self.socket.settimeout(LIMIT)

    def hear(self):
        return self.socket.recv(4096).decode().split("\n")

    def hear_until(self, wanted):
        """@returns all that it heard before it."""
        heard = []
        while True:
            lines = self.hear()
            if wanted in lines:
                return heard
            heard += lines

    def is_left_alone(self, seconds):
        """Whether it hears nothing for so long."""
        return not select.select([self.socket], [], [], seconds)[0]

    def forget(self):
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            pass
        self.socket.settimeout(LIMIT)


class SelfWatch(RobotCase):
    def setUp(self):
        super().setUp()
        self.options.append("--log.format=json")

    def devices(self):
        self.make_motor()
        from robot_runtime import buffers

        def opened(kind, name):
            result = buffers.open(kind, name)
            self.addCleanup(result.close)
            return result

        return opened, opened("motor", (13 << 72) + 5)

    def request(self, motor):
        """@returns once a request is followed."""

        def is_followed():
            motor.write("duty_cycle", 0.5)
            return motor.requested("duty_cycle") == 0.5

        self.wait_until(is_followed)

    def stop(self, robot):
        """@returns once all of its threads stand still."""
        robot.send_signal(signal.SIGSTOP)
        self.addCleanup(robot.send_signal, signal.SIGCONT)
        os.waitid(os.P_PID, robot.pid, os.WSTOPPED | os.WNOWAIT)

    def wait_for_packets(self, count):
        """Until the runtime has believed so many more."""

        def accepted():
            return self.status()["control"]["accepted"]

        enough = accepted() + count
        self.wait_until(lambda: accepted() >= enough)

    def safe_after(self, number):
        """Ends or stops the runtime by a signal, and sees what a driver that
        polls and one that waits for requests do."""
        robot = self.start_robot()
        _, motor = self.devices()
        self.request(motor)
        seen = 0

        def wait():
            nonlocal seen
            seen = motor.wait_for_request(seen, timeout=0.01)
            return motor.requested("duty_cycle")

        polled = Observer(self, lambda: motor.requested("duty_cycle"))
        waited = Observer(self, wait)
        self.wait_until(lambda: polled.seen and waited.seen)
        if number == signal.SIGSTOP:
            self.addCleanup(robot.send_signal, signal.SIGCONT)
        moment = time.monotonic()
        robot.send_signal(number)
        for observer in (polled, waited):
            self.wait_until(
                lambda: len(observer.values_since(moment + SAFE_WITHIN)) >= 10
            )
            observer.stop()
            self.assertIn(0.5, {value for _, value in observer.seen})
            late = observer.values_since(moment + SAFE_WITHIN)
            self.assertEqual(set(late), {0.0})

    def test_a_stopped_runtime_makes_devices_safe(self):
        self.safe_after(signal.SIGSTOP)

    def test_a_killed_runtime_makes_devices_safe(self):
        self.safe_after(signal.SIGKILL)

    def test_a_runtime_that_stood_still_obeys_nothing_old(self):
        # Far less than a driver may be silent.
        robot = self.start_robot("--control.timeout=30s")
        opened, motor = self.devices()
        self.request(motor)
        station = Station(self)
        self.wait_until(
            lambda: (self.gamepad() or {}).get("connected", False)
        )
        pad = opened("gamepad", 0)
        self.wait_until(lambda: pad.get("joystick_left_x") == 1)
        self.stop(robot)
        # By then it has stood still for its heartbeat's time-out.
        self.wait_until(lambda: motor.requested("duty_cycle") == 0)
        seen = Observer(self, lambda: motor.requested("duty_cycle"))
        robot.send_signal(signal.SIGCONT)
        # Packets have come all the time; now the stick is not believed.
        self.wait_until(lambda: pad.get("joystick_left_x") == 0)
        held = Observer(self, lambda: pad.get("joystick_left_x"))
        self.wait_until(lambda: self.status()["control"]["too_old"] > 0)
        self.wait_until(lambda: self.gamepad()["connected"])
        self.wait_for_packets(20)
        held.stop()
        self.assertEqual({value for _, value in held.seen}, {0})
        station.axis = 0.0
        self.wait_for_packets(10)
        station.axis = 1.0
        self.wait_until(lambda: pad.get("joystick_left_x") == 1)
        # What was requested before has gone for good ...
        seen.stop()
        self.assertEqual({value for _, value in seen.seen}, {0.0})
        # ... and what is requested now is followed.
        self.request(motor)
        events = self.events(robot)
        told = [x for x in events if x["event"] == "Runtime stood still"]
        self.assertEqual(len(told), 1, told)
        self.assertEqual(told[0]["level"], "error")
        self.assertGreaterEqual(told[0]["ms"], 100)
        self.assertLess(told[0]["ms"], LIMIT * 1000)

    def test_what_held_a_robot_back_is_not_released_by_its_end(self):
        robot = self.start_robot()
        _, motor = self.devices()
        self.request(motor)
        self.stop(robot)
        self.wait_until(lambda: motor.requested("duty_cycle") == 0)
        robot.send_signal(signal.SIGCONT)
        # It ends once it has found out, before it is released.
        told = []
        for line in robot.stdout:
            told.append(json.loads(line)["event"])
            if told[-1] == "Runtime stood still":
                robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 0)
        self.assertEqual(told[-1], "Application is exiting")

    def test_a_runtime_that_is_hardly_late_says_nothing(self):
        robot = self.start_robot("--emergency-stop.heartbeat-timeout=5s")
        _, motor = self.devices()
        self.request(motor)
        self.stop(robot)
        seen = Observer(self, lambda: motor.requested("duty_cycle"))
        self.wait_until(lambda: len(seen.seen) > 1000)
        robot.send_signal(signal.SIGCONT)
        self.assertEqual(self.run_command("status").returncode, 0)
        seen.stop()
        self.assertEqual({value for _, value in seen.seen}, {0.5})
        events = [x["event"] for x in self.events(robot)]
        # Whether a part is late besides is the machine's to say here.
        self.assertNotIn("Runtime stood still", events)

    def status(self):
        done = self.run_command("status", "--counters", "--format=json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def managed(self, path, microseconds=200_000):
        file = self.folder / "robot.ini"
        file.write_text(
            '[process.child]\ncommand = ["/bin/sh", "-c", "env; exec sleep 99"]'
        )
        self.options.append(f"--config-file={file}")
        self.environment |= {
            "NOTIFY_SOCKET": path,
            "WATCHDOG_USEC": str(microseconds),
        }
        return self.start("run")

    def test_a_service_manager_hears_of_its_life(self):
        manager = Manager(self, str(self.folder / "notify"))
        robot = self.managed(str(self.folder / "notify"))
        manager.hear_until("READY=1")
        self.assertEqual(self.status()["state"], "running")
        # What has waited is of no time; ten from now on take nine intervals.
        manager.forget()
        manager.hear_until("WATCHDOG=1")
        begin = time.monotonic()
        for _ in range(10):
            manager.hear_until("WATCHDOG=1")
        self.assertGreater(time.monotonic() - begin, 0.8)
        self.stop(robot)
        manager.forget()
        self.assertTrue(manager.is_left_alone(0.5))
        robot.send_signal(signal.SIGCONT)
        manager.hear_until("WATCHDOG=1")
        events = self.events(robot)
        manager.hear_until("STOPPING=1")
        lines = [x["event"] for x in events if x.get("process") == "child"]
        self.assertTrue(any(x.startswith("RR_LOG_LEVEL=") for x in lines))
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            self.assertFalse([x for x in lines if x.startswith(name)])

    def test_an_abstract_socket_is_one_too(self):
        name = f"rr-test-{os.getpid()}"
        manager = Manager(self, "\0" + name)
        robot = self.managed("@" + name)
        manager.hear_until("READY=1")
        robot.send_signal(signal.SIGTERM)
        manager.hear_until("STOPPING=1")
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_a_watchdog_of_another_process_is_none(self):
        manager = Manager(self, str(self.folder / "notify"))
        self.environment["WATCHDOG_PID"] = "1"
        robot = self.managed(str(self.folder / "notify"))
        manager.hear_until("READY=1")
        # STATUS= may still come.
        while not manager.is_left_alone(0.3):
            self.assertNotIn("WATCHDOG=1", manager.hear())
        robot.send_signal(signal.SIGTERM)
        self.assertNotIn("WATCHDOG=1", manager.hear_until("STOPPING=1"))

    def test_nonsense_is_warned_of_and_ignored(self):
        (self.folder / "file").touch()
        for path in (
            str(self.folder / "file"),
            str(self.folder / "nobody"),
            "/" + "x" * 200,
            "vsock:2:1234",
        ):
            with self.subTest(path=path):
                robot = self.managed(path)
                self.wait_until(
                    lambda: self.run_command("status").returncode == 0
                )
                events = self.events(robot)
                self.assertEqual(robot.returncode, 0)
                told = [
                    x
                    for x in events
                    if x["event"] == "Service manager ignored"
                ]
                self.assertEqual(len(told), 1)
                self.assertEqual(told[0]["level"], "warning")
                self.assertIn("NOTIFY_SOCKET", told[0]["error"])


if __name__ == "__main__":
    run_tests()
