#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""`status --follow` and `top`, on a terminal and elsewhere.
usage: status_follow.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from robot_case import LIMIT, RobotCase, run_tests

HOME = "\x1b[H"


class StatusFollow(RobotCase):
    def setUp(self):
        super().setUp()
        self.options.append("--emergency-stop.latch=false")
        self.options.append('--process.worker.command=["/bin/sleep", "1000"]')
        self.robot = self.start_running()

    def start_running(self):
        """One that has started all that it has."""
        robot = self.start_robot()
        self.wait_until(lambda: self.status()["state"] == "running")
        return robot

    def status(self):
        shown = self.run_command("status", "--format=json")
        return json.loads(shown.stdout)

    def end_robot(self):
        self.robot.send_signal(signal.SIGTERM)
        self.robot.communicate(timeout=LIMIT)

    def worker(self, status):
        (process,) = status["processes"]
        return process

    def test_each_change_is_a_line(self):
        tool = self.start("status", "--follow", "--format=json")
        first = json.loads(tool.stdout.readline())
        self.assertEqual(first["state"], "running")
        ordered = self.run_command("restart", "worker")
        self.assertEqual(ordered.returncode, 0, ordered.stderr)
        while True:
            status = json.loads(tool.stdout.readline())
            worker = self.worker(status)
            if worker["state"] == "running" and worker["pid"] not in (
                None,
                self.worker(first)["pid"],
            ):
                break
        tool.send_signal(signal.SIGINT)
        self.assertEqual(tool.wait(LIMIT), 0)
        self.assertEqual(tool.stdout.readline(), "")
        self.assertEqual(tool.stderr.readline(), "")

    def test_no_line_comes_without_a_change(self):
        tool = self.start("status", "--follow", "--format=json", "--timeout=3s")
        out, errors = tool.communicate(timeout=LIMIT)
        self.assertEqual((tool.returncode, errors), (0, ""))
        lasting = []
        for line in out.splitlines():
            status = json.loads(line)
            lasting.append(
                {k: status[k] for k in ("state", "latched", "held_by")}
                | {
                    k: self.worker(status)[k]
                    for k in ("state", "pid", "ready", "since", "restarts")
                }
            )
        self.assertGreater(len(lasting), 0)
        for one, next_one in zip(lasting, lasting[1:]):
            self.assertNotEqual(one, next_one)

    def test_the_end_of_the_runtime_is_told(self):
        for words in (["status", "--follow"], ["top", "--format=json"]):
            tool = self.start(*words)
            self.assertNotEqual(tool.stdout.readline(), "")
            self.end_robot()
            _, errors = tool.communicate(timeout=LIMIT)
            self.assertEqual(tool.returncode, 1)
            self.assertRegex(
                errors,
                r"\Arobot-runtime: the runtime at ipc://.*/rpc.sock has ended; "
                r"robot-runtime explain tells why\n\Z",
            )
            self.robot = self.start_running()

    def test_a_runtime_that_is_not_there_is_told(self):
        self.end_robot()
        done = self.run_command("top")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no runtime at ", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_tables_are_apart_where_there_is_no_terminal(self):
        tool = self.start("top")
        tables, lines = 0, []
        while tables < 2:
            lines.append(tool.stdout.readline())
            self.assertNotEqual(lines[-1], "")
            if lines[-1].startswith("robot: running for "):
                tables += 1
        self.assertNotIn("\x1b", "".join(lines))
        self.assertTrue(lines[0].startswith("robot: running"))
        self.assertEqual(lines[-2], "\n")
        tool.send_signal(signal.SIGTERM)
        self.assertEqual(tool.wait(LIMIT), 0)

    def test_a_reader_that_goes_is_a_quiet_end(self):
        tool = self.start("top")
        self.assertNotEqual(tool.stdout.readline(), "")
        tool.stdout.close()
        self.assertEqual(tool.wait(LIMIT), 0)
        self.assertEqual(tool.stderr.readline(), "")

    def on_terminal(self, words, frames, **variables):
        """What it draws until so many tables have begun, and SIGINT."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("4H", 30, 80, 0, 0))
        tool = subprocess.Popen(
            self.command(*words),
            env=self.environment | {"TERM": "xterm"} | variables,
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        self.addCleanup(tool.stderr.close)
        self.addCleanup(self.end, tool)
        text, end = "", time.monotonic() + LIMIT
        while text.count(HOME) < frames:
            left = max(end - time.monotonic(), 0)
            self.assertTrue(select.select([ours], [], [], left)[0], text)
            text += os.read(ours, 65536).decode()
        tool.send_signal(signal.SIGINT)
        self.assertEqual(tool.wait(LIMIT), 0)
        self.assertEqual(tool.stderr.read(), b"")
        return text

    def test_a_terminal_is_drawn_over_in_place(self):
        self.environment.pop("NO_COLOR", None)
        text = self.on_terminal(["status", "--follow"], 3)
        first, second = text.split(HOME)[1:3]
        for frame in (first, second):
            self.assertIn("\x1b[32mrunning", frame)
            self.assertIn("worker", frame)
            # Nothing is left to be set right, whatever ends it.
            self.assertTrue(frame.endswith("\x1b[J\x1b[?7h"), frame)
        for never in ("\x1b[?1049h", "\x1b[?25l", "\x1b[2J"):
            self.assertNotIn(never, text)

    def test_no_colour_is_honoured(self):
        text = self.on_terminal(["top"], 2, NO_COLOR="1")
        self.assertIn("running", text)
        self.assertNotIn("\x1b[32m", text)

    def test_to_look_writes_nothing_into_the_log(self):
        self.end_robot()
        robot = self.start("run", "--log.format=json")
        # Nobody may look until it runs.
        while "Process started" not in robot.stdout.readline():
            pass
        for _ in range(3):
            looked = self.run_command("status")
            self.assertEqual(looked.returncode, 0, looked.stderr)
        done = self.run_command("top", "--timeout=3s")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = [e for e in self.events(robot) if "-cli-" in json.dumps(e)]
        self.assertEqual(told, [])

    def test_what_excludes_each_other_is_bad_usage(self):
        done = self.run_command("status", "--follow", "--startup")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--startup and --follow exclude each other", done.stderr)


if __name__ == "__main__":
    run_tests()
