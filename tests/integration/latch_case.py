# SPDX-License-Identifier: BSD-3-Clause
"""A robot that is stopped in emergencies, for tests of their latch."""

import json
import signal

from robot_case import LIMIT, RobotCase

# A program as the option of a process takes it.
SLEEPER = '["sleep","1000"]'


def shell(line):
    return json.dumps(["sh", "-c", line])


def process(name, command, *more):
    return [f"--process.{name}.command={command}",
            *(f"--process.{name}.{x}" for x in more)]


class LatchCase(RobotCase):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"
        self.latch = self.state / "latch.json"

    def latched(self):
        return json.loads(self.latch.read_text())

    def events_of(self, text):
        return [json.loads(x) for x in text.splitlines()]

    def run_until_it_ends(self, *arguments):
        robot = self.start("run", *arguments)
        out, err = robot.communicate(timeout=LIMIT)
        return robot.returncode, self.events_of(out), err

    def start_stubborn(self):
        """A robot whose only child hears SIGTERM, and goes on."""
        deaf = self.folder / "deaf"
        deaf.unlink(missing_ok=True)
        robot = self.start_robot(
            *process("stubborn", shell(f"trap : TERM; : > {deaf}; "
                                       "while :; do sleep 0.02; done")),
            "--emergency-stop.terminate-timeout=30s")
        self.wait_until(deaf.exists)
        return robot

    def refused(self):
        """The line with which `run` refuses."""
        code, events, err = self.run_until_it_ends()
        self.assertEqual(code, 3, err)
        self.assertEqual(events, [])
        lines = [x for x in err.splitlines() if not x.startswith("warning:")]
        self.assertEqual(len(lines), 1, err)
        return lines[0]

    def reset(self, *arguments):
        done = self.run_command("estop", "--reset", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def starts(self):
        """The events of a robot that starts, and stops in order."""
        robot = self.start_robot()
        robot.send_signal(signal.SIGTERM)
        out, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 0)
        return self.events_of(out)

    def stop_it(self, reason="too hot"):
        code, events, err = self.stop_by("estop", f"--reason={reason}")
        self.assertEqual(code, 255, err)
        return events

    def stop_by(self, *command):
        robot = self.start_robot()
        self.assertEqual(self.run_command(*command).returncode, 0)
        out, err = robot.communicate(timeout=LIMIT)
        return robot.returncode, self.events_of(out), err

    def stop_by_silence(self):
        robot = self.start_robot(
            "--control.on-timeout=emergency-stop", "--control.timeout=200ms"
        )
        update = '{"0":{"lx":0,"ly":0,"rx":0,"ry":0,"btn":0}}'
        self.run_command("call", "update_gamepads", update)
        out, err = robot.communicate(timeout=LIMIT)
        return robot.returncode, self.events_of(out), err
