#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every error of a command is one line that says what to do next.
usage: next_steps.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import os
import signal
import socket

from robot_case import MOTOR, RobotCase, free_port, run_tests

RUN = "robot-runtime run starts"
MOTOR_NAME = f"motor:{MOTOR}"


class NextSteps(RobotCase):
    def said_to(self, *words, code=1):
        done = self.run_command(*words)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def check(self, *rows):
        for words, step in rows:
            with self.subTest(words):
                self.assertIn(step, self.said_to(*words).partition("; ")[2])

    def test_without_a_runtime(self):
        self.check(
            *((words, RUN) for words in (
                ["status"], ["status", "--follow"], ["top"], ["stop"],
                ["call", "ping"], ["start", "a"], ["stop", "a"],
                ["restart", "a"], ["estop"], ["reload"],
                ["gamepad", "--duration=300ms"])),
            (["watch", "--timeout=100ms"], "does a runtime run"),
            (["buffers", "show", MOTOR_NAME], "robot-runtime buffers list"),
            (["buffers", "show", "5"], "robot-runtime buffers list"),
            (["buffers", "show", "nobody"], "robot-runtime buffers list"),
            (["buffers", "list", "--device.shared=false"], "set it to true"),
            (["gamepad", "--device=/nowhere"], "--device=auto"),
            (["gamepad", "--device=/dev/null"], "--device=auto"),
        )

    def test_a_silent_gamepad_says_it_at_once_and_in_the_end(self):
        said = self.said_to("gamepad", "--duration=2s")
        self.assertIn("nobody listens at", said)
        self.assertIn(RUN, said)
        self.assertIn("--config-file", said)

    def test_with_a_runtime(self):
        self.start_robot("--process.a.command=[\"/bin/sleep\", \"60\"]",
                         "--application.name=next")
        self.check(
            (["call", "nothing"], "robot-runtime call --list"),
            (["call", "ping", "1"], "robot-runtime call --list"),
            (["call", "ping", "--address=nobody"], "call list_services"),
            (["estop", "--reset"], "robot-runtime stop ends it"),
            (["run"], "robot-runtime stop ends it"),
        )
        # The same but for its sockets.
        self.options = [
            x.replace("/run", "/other").replace(str(self.port), str(free_port()))
            for x in self.options]
        self.check((["run"], "a prefix of its own"))

    def test_an_address_in_use(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", self.port))
            self.check((["run"], "ss -lpn"))

    def test_values_that_are_refused(self):
        self.start_robot()
        self.make_motor()
        self.check(
            (["buffers", "set", MOTOR_NAME, "none", "1"],
             f"robot-runtime buffers show {MOTOR_NAME}"),
            (["buffers", "set", MOTOR_NAME, "speed", "fast"],
             f"robot-runtime buffers show {MOTOR_NAME}"),
            (["buffers", "write", MOTOR_NAME, "speed", "1"], "the catalog says"),
        )

    def test_a_runtime_that_hangs(self):
        robot = self.start_robot()
        robot.send_signal(signal.SIGSTOP)
        try:
            self.check((["status", "--timeout=200ms"],
                        "--timeout=DURATION waits longer"))
        finally:
            robot.send_signal(signal.SIGCONT)

    def test_a_robot_that_is_there_already(self):
        folder = str(self.folder / "made")
        self.options = []
        self.assertEqual(self.run_command("init", folder).returncode, 0)
        self.check((["init", folder], "robot-runtime init DIRECTORY"))

    def test_bad_usage(self):
        self.assertIn("robot-runtime help lists them",
                      self.said_to("help", "nothing", code=2))
        for words in (["nothing"], ["call"], ["start"], ["exec"], ["explain", "x"],
                      ["buffers"], ["logs", "--format=x"], ["logs", "--since=1m"],
                      ["completion"], ["gamepad", "--lx=2"], ["top", "x"]):
            said = self.said_to(*words, code=2)
            self.assertRegex(said, r"; see robot-runtime .*--help\n$")


if __name__ == "__main__":
    os.environ.pop("RR_CONFIG_FILE", None)
    run_tests()
