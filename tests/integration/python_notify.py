#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What programs say of themselves by the Python package: to the real runtime,
and to sockets of the test's own.
usage: python_notify.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import os
import socket
import time
import unittest.mock

from python_case import LIMIT, PythonCase, elapsed
from robot_case import run_tests


class PythonNotify(PythonCase):
    def listen(self, address):
        """What `NOTIFY_SOCKET` names."""
        result = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        result.settimeout(LIMIT)
        result.bind("\0" + address[1:] if address[0] == "@" else address)
        self.surround(NOTIFY_SOCKET=address)
        return result

    def surround(self, **environment):
        patch = unittest.mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)

    def test_the_runtime_hears_that_a_child_is_ready_and_what_it_does(self):
        script = (
            "from robot_runtime import notify\n"
            "assert notify.extend_timeout(100)\n"
            "assert notify.ready('grün\\nREADY=0')\n"
            "signal.pause()\n"
        )
        robot = self.robot(
            child={"command": self.python(script), "ready": "notify"}
        )
        self.wait_ready()
        self.assertEqual(self.process()["status_text"], "grün READY=0")
        events = self.events(robot)
        self.assertEqual(len(self.named(events, "Process ready")), 1)
        self.assertEqual(self.named(events, "Notification refused"), [])

    def test_a_watchdog_keeps_a_child_alive_until_it_hangs(self):
        script = (
            "import time\n"
            "from robot_runtime import notify\n"
            "notify.ready()\n"
            "hang = os.path.join(sys.path[0], 'hang')\n"
            "with notify.Watchdog() as watchdog:\n"
            "    assert 0 < watchdog.interval < 1\n"
            "    assert notify.watchdog_interval() == 2.0\n"
            "    end = time.monotonic() + 5\n"
            "    while time.monotonic() < end or not os.path.exists(hang):\n"
            "        watchdog.beat()\n"
            "        time.sleep(0.01)\n"
            "        notify.status('late' if time.monotonic() > end else '')\n"
            "    print('hanging', flush=True)\n"
            "    signal.pause()\n"
        )
        robot = self.robot(
            child={
                "command": self.python(script),
                "ready": "notify",
                "watchdog": "2s",
                "on_failure": "ignore",
            }
        )
        self.wait_until(lambda: self.process()["status_text"] == "late")
        self.assertEqual(self.process()["restarts"], 0)
        (self.folder / "hang").touch()
        seen = []
        for event in self.lines(robot):
            seen.append(event["event"])
            if event["event"] == "Watchdog missed":
                break
        self.assertIn("hanging", seen)

    def test_a_service_beats_while_it_waits_and_while_a_method_hangs(self):
        script = (
            "import time\n"
            "from robot_runtime import Service, notify\n"
            "service = Service()\n"
            "service.method_as(time.sleep, 'sleep')\n"
            "with notify.Watchdog() as watchdog:\n"
            "    service.run(ready=notify.ready, watchdog=watchdog)\n"
        )
        robot = self.robot(
            child={
                "command": self.python(script),
                "ready": "notify",
                "watchdog": "2s",
            }
        )
        self.wait_ready()
        self.client().call(
            "sleep", 4.5, address="child-service", timeout=LIMIT
        )
        events = self.events(robot)
        self.assertEqual(self.named(events, "Watchdog missed"), [])
        ended = self.named(events, "Terminated process")
        self.assertEqual([x["exit_code"] for x in ended], [0])

    def test_at_the_end_of_its_block_nobody_watches_any_more(self):
        script = (
            "import time\n"
            "from robot_runtime import notify\n"
            "notify.ready()\n"
            "with notify.Watchdog(): pass\n"
            "time.sleep(2.5)\n"
            "print('still here', flush=True)\n"
        )
        robot = self.robot(
            child={
                "command": self.python(script),
                "ready": "notify",
                "watchdog": "1s",
                "terminate_timeout": "100s",
                "on_success": "stop",
                "on_failure": "stop",
            }
        )
        events = [x["event"] for x in self.lines(robot)]
        self.assertIn("still here", events)
        self.assertNotIn("Watchdog missed", events)
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_each_says_what_the_protocol_has_for_it(self):
        from robot_runtime import notify

        name = f"robot-test-{os.getpid()}"
        for address in (f"{self.folder}/socket", f"@{name}"):
            ear = self.listen(address)
            for say, heard in (
                (notify.ready, b"READY=1"),
                (lambda: notify.ready("warm"), b"READY=1\nSTATUS=warm"),
                (lambda: notify.status("a\r\nb\0c"), b"STATUS=a b c"),
                (lambda: notify.status(""), b"STATUS="),
                (notify.watchdog, b"WATCHDOG=1"),
                (notify.stopping, b"STOPPING=1"),
                (lambda: notify.extend_timeout(1.5),
                 b"EXTEND_TIMEOUT_USEC=1500000"),
            ):
                self.assertIs(say(), True)
                self.assertEqual(ear.recv(10000), heard)
            notify.status("ü" * 10000)
            self.assertEqual(ear.recv(10000), b"STATUS=" + "ü".encode() * 1024)
        with self.assertRaisesRegex(ValueError, "seconds above 0, got 0"):
            notify.extend_timeout(0)

    def test_where_nobody_listens_nothing_is_done(self):
        from robot_runtime import notify

        for address in (None, "", "@", "relative", f"{self.folder}/gone"):
            self.surround(NOTIFY_SOCKET=address or "")
            if address is None:
                del os.environ["NOTIFY_SOCKET"]
            for say in (
                notify.ready,
                notify.watchdog,
                notify.stopping,
                lambda: notify.status("x"),
                lambda: notify.extend_timeout(1),
            ):
                self.assertIs(say(), False)

    def test_a_listener_that_hangs_does_not_hold_up_a_loop(self):
        from robot_runtime import notify

        self.listen(f"{self.folder}/socket")
        self.surround(WATCHDOG_USEC="3000")
        watchdog = notify.Watchdog()

        def fill():
            for _ in range(2000):
                notify.watchdog()
            for _ in range(2000):
                watchdog.beat()

        # A tenth of a second each would be minutes.
        self.assertLess(elapsed(fill), LIMIT)
        self.assertIs(notify.watchdog(), False)
        self.assertIs(notify.ready(), False)

    def test_beats_are_told_no_more_often_than_needed(self):
        from robot_runtime import notify

        ear = self.listen(f"{self.folder}/socket")
        self.surround(WATCHDOG_USEC="1000000000")
        watchdog = notify.Watchdog()
        for _ in range(1000):
            watchdog.beat()
        self.assertEqual(ear.recv(100), b"WATCHDOG=1")
        with unittest.mock.patch("time.monotonic", lambda: now):
            begin = time.clock_gettime(time.CLOCK_MONOTONIC)
            for after, told in ((160, False), (170, True), (330, False),
                                (340, True), (1000, True)):
                now = begin + after
                watchdog.beat()
                ear.setblocking(False)
                try:
                    heard = ear.recv(100)
                except BlockingIOError:
                    heard = b""
                self.assertEqual(heard == b"WATCHDOG=1", told, after)

    def test_a_watchdog_that_is_not_for_this_program_is_none(self):
        from robot_runtime import notify

        for microseconds, pid, interval in (
            ("", None, None),
            ("0", None, None),
            ("soon", None, None),
            ("500000", None, 0.5),
            ("500000", str(os.getpid()), 0.5),
            ("500000", "1", None),
        ):
            self.surround(WATCHDOG_USEC=microseconds)
            os.environ.pop("WATCHDOG_PID", None)
            if pid:
                self.surround(WATCHDOG_PID=pid)
            self.assertEqual(notify.watchdog_interval(), interval)
            beats = notify.Watchdog().interval
            self.assertEqual(beats is not None, interval is not None)


if __name__ == "__main__":
    run_tests()
