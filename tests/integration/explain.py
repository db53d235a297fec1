#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a run leaves behind, and what is told of it afterwards.
usage: explain.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import subprocess
import time
from datetime import datetime

from robot_case import LIMIT, RobotCase, run_tests

RESTARTS = {"restart": '"on-failure"', "restart_delay": "1ms",
            "restart_max_delay": "1ms", "restart_window": "3600s"}


class Explain(RobotCase):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"
        # It would keep the next run from starting.
        self.options.append("--emergency-stop.latch=false")

    def configure(self, script, **keys):
        file = self.folder / "robot.ini"
        lines = ["[process.motor]", f"command = ['/bin/sh', '-c', '{script}']"
                 .replace("'", '"')]
        lines += [f"{k.replace('_', '-')} = {v}" for k, v in keys.items()]
        file.write_text("\n".join(lines) + "\n")
        self.options.append(f"--config-file={file}")

    def run_to_its_end(self, exit_code):
        robot = self.start("run", "--log.format=json")
        output, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, exit_code, errors)
        return [json.loads(x) for x in output.splitlines()]

    def explain(self, *arguments):
        done = self.run_command("explain", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ends(self, *arguments):
        text = self.explain("--format=json", *arguments)
        return [json.loads(x) for x in text.splitlines()]

    def status(self):
        done = self.run_command("status", "--format=json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def lines(self, name):
        return (self.state / name).read_text().splitlines()

    def test_a_child_that_stops_the_robot_is_explained(self):
        self.configure("echo begin; echo no motor >&2; exit 3",
                       **RESTARTS, restart_limit=1)
        events = self.run_to_its_end(1)
        told = [x for x in events if x["event"] == "Application is exiting"]
        self.assertGreaterEqual(told[0]["gone_ms"], 0)
        end, = self.ends()
        self.assertEqual(end["exit_code"], 1)
        self.assertEqual(end["reason"], "process motor exited with code 3")
        self.assertIs(end["latched"], False)
        self.assertIs(end["in_order"], True)
        self.assertEqual(
            [x["what"] for x in end["causes"]],
            ["process motor exited with code 3, and was to be started again",
             "process motor was started the 2nd time",
             "process motor exited with code 3",
             "process motor was given up: 1 restart within 3600s",
             "on-failure = stop: the robot stopped"])
        died = end["causes"][2]
        self.assertEqual(died["process"], "motor")
        self.assertEqual(died["exit_code"], 3)
        self.assertEqual(sorted(died["last_lines"]), ["begin", "no motor"])
        text = self.explain()
        self.assertLessEqual(len(text.splitlines()), 10)
        for part in ("with exit code 1", "| no motor", "given up"):
            self.assertIn(part, text)
        record = json.loads(self.lines("ends.jsonl")[-1])
        self.assertGreater(record["max_resident_kib"], 0)
        self.assertEqual(record["start"], 2)

    def test_the_last_lines_of_much_output_are_there(self):
        self.configure("seq 1 1000; exit 3")
        self.run_to_its_end(1)
        record = json.loads(self.lines("ends.jsonl")[-1])
        self.assertEqual(record["last_lines"],
                         [str(x) for x in range(981, 1001)])

    def test_the_last_ends_are_kept_and_the_file_is_bounded(self):
        self.configure("exit 4", **RESTARTS, restart_limit=79)
        self.run_to_its_end(1)
        records = [json.loads(x) for x in self.lines("ends.jsonl")]
        self.assertLessEqual(len(records), 2 * 16 + 79 // 2)
        self.assertEqual([x["start"] for x in records[-16:]],
                         list(range(65, 81)))

    def test_a_runtime_that_was_killed_is_told_by_the_next(self):
        self.configure("sleep 1000")
        robot = self.start("run")
        self.wait_until(lambda: self.status() is not None)
        self.wait_until(lambda: (self.state / "runs.jsonl").exists())
        self.assertIn("A robot runs since", self.explain())
        self.assertEqual(self.ends(), [])
        robot.kill()
        robot.wait(LIMIT)
        end, = self.ends()
        self.assertIs(end["in_order"], False)
        self.assertIsNone(end["exit_code"])
        self.assertIn("the runtime was killed", end["reason"])
        self.assertIn("did not end in order", self.explain())
        events = self.events(self.start_next())
        told = [x for x in events
                if x["event"] == "Previous run did not end in order"]
        self.assertEqual(len(told), 1)
        self.assertEqual(told[0]["level"], "warning")
        self.assertEqual(told[0]["reason"], end["reason"])
        last, before = self.ends("--last=5")
        self.assertEqual(last["reason"], "SIGTERM")
        self.assertEqual(last["exit_code"], 0)
        # The next start may have written its black box meanwhile.
        before.pop("record", None)
        self.assertEqual(before, end)
        # It is told once.
        events = self.events(self.start_next())
        self.assertNotIn("Previous run did not end in order",
                         [x["event"] for x in events])

    def start_next(self):
        robot = self.start("run", "--log.format=json")
        self.wait_until(lambda: self.status() is not None)
        return robot

    def test_status_tells_the_last_end_and_what_is_used(self):
        # It lives on once it has been started a second time.
        self.configure("[ -e again ] && exec sleep 1000; : > again; exit 5",
                       **RESTARTS, directory=f'"{self.folder}"')
        robot = self.start("run")
        self.wait_until(lambda: self.motor()["restarts"] == 1
                        and self.motor()["pid"])
        motor = self.motor()
        self.assertEqual(motor["last_end"]["exit_code"], 5)
        self.assertEqual(motor["last_end"]["reason"],
                         "process motor exited with code 5")
        self.assertGreaterEqual(motor["last_end"]["ran"], 0)
        datetime.fromisoformat(motor["last_end"]["time"].rstrip("Z"))
        self.assertGreaterEqual(motor["cpu"], 0)
        self.assertGreater(motor["resident_kib"], 0)
        self.assertEqual(self.status()["stops"], {
            "worst_signal_us": None, "median_signal_us": None, "count": 0})
        self.run_command("estop", "--reason=a test")
        robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        end, = self.ends()
        self.assertEqual(end["causes"][-1]["what"], "emergency stop by a test")
        self.start_next()
        stops = self.status()["stops"]
        self.assertEqual(stops["count"], 1)
        self.assertGreater(stops["worst_signal_us"], 0)
        self.assertEqual(stops["worst_signal_us"], stops["median_signal_us"])

    def motor(self):
        status = self.status()
        return status["processes"][0] if status else {"restarts": 0}

    def test_a_latched_stop_is_told_until_it_is_reset(self):
        self.options.remove("--emergency-stop.latch=false")
        self.configure("echo smoke; exit 255")
        self.run_to_its_end(255)
        end, = self.ends()
        self.assertIs(end["latched"], True)
        self.assertEqual(end["exit_code"], 255)
        self.assertEqual(
            [x["what"] for x in end["causes"]],
            ["process motor was started the 1st time",
             "process motor exited with code 255",
             "that is the emergency-stop code: the robot was stopped in an "
             "emergency"])
        self.assertEqual(end["causes"][1]["last_lines"], ["smoke"])
        times = [x["time"] for x in end["causes"]]
        self.assertEqual(times, sorted(times))
        self.assertIn("An emergency stop is latched since", self.explain())
        self.assertEqual(self.run_command("run").returncode, 3)
        # A run that was refused is none.
        self.assertEqual(len(self.ends("--last=5")), 1)
        self.assertEqual(self.run_command("estop", "--reset").returncode, 0)
        self.assertIs(self.ends()[0]["latched"], False)

    def test_one_that_misses_its_watchdog_is_told_as_such(self):
        # It ends well when it is told to, and has failed all the same.
        script = ("trap : TERM; sleep 1000 & wait; exit 0")
        self.configure(script, watchdog="100ms")
        self.run_to_its_end(1)
        end, = self.ends()
        self.assertEqual(
            [x["what"] for x in end["causes"]],
            ["process motor was started the 1st time",
             "process motor failed: watchdog missed",
             "on-failure = stop: the robot stopped"])

    def test_it_needs_neither_records_nor_a_good_configuration(self):
        self.assertEqual(self.explain(),
                         f"No run of a robot is recorded in {self.state}.\n")
        self.assertFalse(self.state.exists())
        self.configure("exit 3", nonsense=7)
        done = self.run_command("explain")
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning", done.stderr)
        self.assertEqual(self.run_command("explain", "--last=0").returncode, 2)
        self.state.write_text("no directory")
        done = self.run_command("explain")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)

    def test_a_torn_file_is_no_obstacle(self):
        self.configure("exit 3")
        self.run_to_its_end(1)
        for name in ("ends.jsonl", "runs.jsonl", "stops.json"):
            file = self.state / name
            text = file.read_bytes() if file.exists() else b"{"
            file.write_bytes(text[:-20])
        self.explain()
        self.run_to_its_end(1)
        self.assertEqual(self.ends()[0]["exit_code"], 1)

    # -- a disk that does not take anything ----------------------------------

    def run_in_tmpfs(self, mount):
        if os.geteuid() != 0:
            self.skipTest("only root mounts")
        self.state.mkdir()
        begin = (f"mount -t tmpfs -o size=64k,mode=700 none {self.state} && "
                 f"{mount} && exec \"$@\"")
        robot = self.spawn(["unshare", "-m", "sh", "-c", begin, "sh",
                            *self.command("run", "--log.format=json")])
        self.seen = []
        return robot

    def wait_for(self, robot, name):
        """Every event up to the first of that name."""
        for line in robot.stdout:
            self.seen.append(json.loads(line))
            if self.seen[-1]["event"] == name:
                return self.seen[-1]
        self.fail(f"no {name}: {robot.stderr.read()}")

    def inside(self, robot, *command):
        subprocess.run(["nsenter", "-t", str(robot.pid), "-m", *command],
                       check=True)

    def test_a_full_directory_is_told_and_that_it_has_room_again(self):
        self.configure("sleep 1000")
        robot = self.run_in_tmpfs(
            f"(dd if=/dev/zero of={self.state}/fill bs=4k 2>/dev/null; :)")
        told = self.wait_for(robot, "Unhandled error")
        self.assertEqual(told["actor"], "run-recorder")
        self.assertIn("no space left", told["error"])
        self.inside(robot, "rm", f"{self.state}/fill")
        self.wait_for(robot, "State directory can be written again")
        robot.send_signal(signal.SIGTERM)
        output, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 0)
        self.assertNotIn("Unhandled error", output)
        self.assertEqual(
            len([x for x in self.seen if x["event"] == "Unhandled error"]), 1)

    def test_a_read_only_directory_stops_nothing(self):
        self.configure("exit 255", restart='"always"')
        robot = self.run_in_tmpfs(f"mount -o remount,ro {self.state}")
        begun = time.monotonic()
        self.wait_for(robot, "Application is exiting")
        output, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        self.assertLess(time.monotonic() - begun, LIMIT / 2)
        told = [x["event"] for x in self.seen] + output.splitlines()
        self.assertEqual(
            len([x for x in told if "Unhandled error" in x]), 1, told)


if __name__ == "__main__":
    run_tests()
