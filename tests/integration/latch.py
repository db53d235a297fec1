# SPDX-License-Identifier: BSD-3-Clause
"""An emergency stop holds: each source of one latches it, no robot starts until
a person has reset it, and no signal keeps it from that."""

import json
import os
import pwd
import shutil
import signal
import socket
import struct
import time
from pathlib import Path

from latch_case import SLEEPER, LatchCase, process, shell
from robot_case import GROUP, LIMIT, run_tests


class Latch(LatchCase):
    # -- what latches ----------------------------------------------------------

    def sources(self):
        idle = process("idle", SLEEPER)
        yield ("a child's code", "process hot exited with code 255",
               lambda: self.run_until_it_ends(
                   *idle, *process("hot", shell("exit 255"))))
        yield ("a child that failed", "process weak exited with code 4",
               lambda: self.run_until_it_ends(
                   *idle, *process("weak", shell("exit 4"),
                                   "on-failure=emergency-stop")))
        yield ("a child that died", "process weak died by SIGSEGV",
               lambda: self.run_until_it_ends(
                   *idle, *process("weak", shell("kill -SEGV $$"),
                                   "on-failure=emergency-stop")))
        yield ("a child that was given up", "process weak exited with code 1",
               lambda: self.run_until_it_ends(
                   *idle, *process("weak", '["false"]', "restart=on-failure",
                                   "restart-limit=1", "restart-delay=1ms",
                                   "on-failure=emergency-stop")))
        yield ("the broker", "too \"hot\"",
               lambda: self.stop_by("call", "emergency_stop",
                                    json.dumps("too \"hot\"")))
        yield ("the command", "smoke",
               lambda: self.stop_by("estop", "--reason=smoke"))
        yield ("silence", "silent", self.stop_by_silence)

    def test_each_source_holds_until_a_person_resets_it(self):
        for name, cause, stop in self.sources():
            with self.subTest(name):
                begin = time.time()
                code, events, err = stop()
                self.assertEqual(code, 255, err)
                self.check_latch(cause, events, begin)
                line = self.refused()
                for part in (json.dumps(cause)[1:-1].replace('\\"', '"'),
                             self.latched()["time"], "(user ",
                             "estop --reset", str(self.latch)):
                    self.assertIn(part, line)
                self.check_reset(events)

    def check_latch(self, cause, events, begin):
        latch = self.latched()
        self.assertIn(cause, latch["cause"])
        self.assertEqual(latch["exit_code"], 255)
        if cause.startswith("process"):
            self.assertEqual(latch["process"], cause.split()[1])
        else:
            self.assertNotIn("process", latch)
        self.assertGreater(len(latch["user"]), 0)
        told = [x for x in events if x["event"] == "Emergency stop latched"]
        self.assertEqual(len(told), 1)
        self.assertEqual(told[0]["level"], "critical")
        self.assertEqual(told[0]["cause"], latch["cause"])
        self.assertEqual(told[0]["time"], latch["time"])
        names = [x["event"] for x in events]
        self.assertLess(names.index("Received emergency stop"),
                        names.index("Application is exiting"))
        self.assertEqual(names[-1], "Application is exiting")
        self.assertGreaterEqual(latch["time"], time.strftime(
            "%Y-%m-%dT%H:%M:%S", time.gmtime(begin)))

    def check_reset(self, events):
        latch = self.latched()
        self.assertIn("Ada", self.reset("--by=Ada"))
        told = [x for x in self.starts() if x["event"] == "Emergency stop reset"]
        self.assertEqual(len(told), 1)
        self.assertEqual(told[0]["level"], "warning")
        self.assertEqual(told[0]["by"], "Ada")
        for key in ("cause", "time"):
            self.assertEqual(told[0][key], latch[key])
        # Once.
        self.assertNotIn("Emergency stop reset",
                         [x["event"] for x in self.starts()])

    def test_what_is_no_emergency_latches_nothing(self):
        code, _, err = self.run_until_it_ends(
            *process("weak", shell("exit 4")))
        self.assertEqual(code, 1, err)
        self.starts()
        self.assertFalse(self.latch.exists())

    def test_a_stop_that_is_not_latched_leaves_no_file(self):
        code, events, _ = self.run_until_it_ends(
            "--emergency-stop.latch=false", *process("hot", shell("exit 255")))
        self.assertEqual(code, 255)
        self.assertNotIn("Emergency stop latched", [x["event"] for x in events])
        self.assertFalse(self.latch.exists())
        self.starts()

    def test_a_stop_that_was_latched_holds_whatever_is_configured_then(self):
        self.stop_it()
        robot = self.start("run", "--emergency-stop.latch=false")
        _, err = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 3)
        self.assertIn("too hot", err)

    def test_a_stop_in_an_orderly_stop_is_latched(self):
        flag = self.folder / "flag"
        robot = self.start_robot(*process("last", shell(
            f"trap 'exit 255' TERM; : > {flag}; "
            "while :; do sleep 0.01; done")))
        self.wait_until(flag.exists)
        robot.send_signal(signal.SIGTERM)
        robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        self.assertEqual(self.latched()["process"], "last")

    def wait_until_taken(self, robot, number):
        """Until a signal waits no more, so that a second one is another."""

        def waits():
            try:
                lines = Path(f"/proc/{robot.pid}/status").read_text()
            except FileNotFoundError:
                return False
            pending = [x for x in lines.splitlines() if x.startswith("ShdPnd:")]
            return bool(pending) and int(pending[0].split()[1], 16) >> number - 1 & 1

        self.wait_until(lambda: not waits())

    def test_a_stop_that_is_forced_is_latched(self):
        robot = self.start_stubborn()
        self.assertEqual(self.run_command("estop").returncode, 0)
        for _ in range(2):
            robot.send_signal(signal.SIGINT)
            self.wait_until_taken(robot, signal.SIGINT)
        robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        self.refused()

    def test_the_status_tells_of_a_robot_that_is_latched(self):
        robot = self.start_stubborn()

        def status():
            shown = self.run_command("status", "--format=json")
            return json.loads(shown.stdout)["latched"]

        self.assertIs(status(), False)
        self.assertEqual(self.run_command("estop").returncode, 0)
        self.assertIs(status(), True)
        robot.kill()
        robot.wait()

    def wait_until_written(self, how_far):
        """Not at all, until there is a file, or until it is the latch."""
        names = "", f"{self.latch.name}*", self.latch.name
        while how_far and not any(self.state.glob(names[how_far])):
            pass

    def test_a_runtime_that_is_killed_in_its_stop_leaves_no_half_of_a_latch(self):
        latched = 0
        for round in range(12):
            robot = self.start_stubborn()
            self.assertEqual(self.run_command("estop").returncode, 0)
            self.wait_until_written(round % 3)
            robot.kill()
            robot.communicate()
            if self.latch.exists():
                latched += 1
                self.assertEqual(self.latched()["exit_code"], 255)
                self.refused()
                self.reset()
            else:
                self.starts()
        self.assertGreater(latched, 0)

    def test_a_runtime_that_is_killed_after_its_latch_is_latched(self):
        robot = self.start_stubborn()
        self.assertEqual(self.run_command("estop").returncode, 0)
        for line in robot.stdout:
            if json.loads(line)["event"] == "Emergency stop latched":
                break
        robot.kill()
        robot.wait()
        self.refused()

    # -- who resets ------------------------------------------------------------

    def test_a_reset_starts_nothing_and_asks_for_a_name(self):
        done = self.run_command("estop", "--reset")
        self.assertEqual(done.returncode, 0)
        self.assertIn("no emergency stop is latched", done.stdout)
        self.stop_it()
        self.reset()
        self.assertFalse(self.latch.exists())
        told = [x for x in self.starts() if x["event"] == "Emergency stop reset"]
        self.assertEqual(told[0]["by"], self.latest_user())
        # Nothing is left of it.
        self.assertFalse((self.state / "reset.json").exists())

    @staticmethod
    def latest_user():
        return pwd.getpwuid(os.getuid()).pw_name

    def test_root_resets_for_the_user_of_the_robot(self):
        if os.geteuid() != 0:
            self.skipTest("for root")
        self.stop_it()
        for path in (self.folder, self.state, self.latch):
            os.chown(path, 1000, 1000)
        self.environment["SUDO_USER"] = "ada"
        self.assertIn("reset by ada", self.reset())
        self.assertEqual((self.state / "reset.json").stat().st_uid, 1000)

    def test_bad_usage_of_a_reset_resets_nothing(self):
        self.stop_it()
        for words in (["--reset", "--reason=x"], ["--by=Ada"],
                      ["--reset", "--by="], ["--reset", "--by=" + "x" * 257],
                      ["--reset=yes"]):
            done = self.run_command("estop", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertTrue(self.latch.exists())

    def test_a_robot_that_runs_is_not_reset(self):
        robot = self.start_robot()
        done = self.run_command("estop", "--reset")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing is reset while a robot runs", done.stderr)
        self.assertIsNone(robot.poll())

    def test_a_reset_that_another_user_cannot_read_is_told_and_forgotten(self):
        self.state.mkdir(0o700)
        (self.state / "reset.json").write_text('{"by":')
        told = [x for x in self.starts() if x["event"] == "Emergency stop reset"]
        self.assertEqual(told[0]["by"], "unknown")
        self.assertFalse((self.state / "reset.json").exists())

    # -- the notice ------------------------------------------------------------

    def listen(self):
        result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        result.bind((GROUP, self.group_port))
        member = struct.pack("4s4s", socket.inet_aton(GROUP),
                             socket.inet_aton("127.0.0.1"))
        result.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        result.settimeout(LIMIT)
        return result

    def test_a_stop_is_told_three_times_on_the_network(self):
        import cbor2

        for latch in ("true", "false"):
            with self.subTest(latch=latch):
                shutil.rmtree(self.state, ignore_errors=True)
                listener = self.listen()
                code, _, _ = self.run_until_it_ends(
                    f"--emergency-stop.latch={latch}",
                    *process("hot", shell("exit 255")))
                self.assertEqual(code, 255)
                listener.setblocking(False)
                notices = []
                while True:
                    try:
                        message = cbor2.loads(listener.recv(65536))
                    except BlockingIOError:
                        break
                    if message[1] == "emergency_stop":
                        notices.append(message)
                self.assertEqual(len(notices), 3)
                for each in notices:
                    kind, _, (fact,) = each
                    self.assertEqual(kind, 2)
                    self.assertEqual(set(fact), {"cause", "time"})
                    self.assertEqual(fact["cause"],
                                     "process hot exited with code 255")
                    if latch == "true":
                        self.assertEqual(fact["time"], self.latched()["time"])


if __name__ == "__main__":
    run_tests()
