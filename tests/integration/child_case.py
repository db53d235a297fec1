# SPDX-License-Identifier: BSD-3-Clause
"""A robot whose children are told by their keys, for tests of what they do."""

import json
import re
from pathlib import Path

from robot_case import RobotCase

# A child that speaks the protocol by itself: `say(text)`.
SPEAKER = """
import os, signal, socket, sys, time
_s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
def say(text):
    _s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
"""


def ini(value):
    """Lists, numbers and texts as such, and durations, which are written as
    texts here."""
    if isinstance(value, list):
        return "[" + ", ".join(json.dumps(x) for x in value) + "]"
    if isinstance(value, str) and re.fullmatch(r"[0-9]+m?s", value):
        return value
    return json.dumps(value)


def marked(mark):
    """The processes whose command line has it."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            line = (each / "cmdline").read_bytes()
            state = (each / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if mark.encode() in line and state not in "ZX":
            found.append(int(each.name))
    return found


class ChildCase(RobotCase):
    def robot(self, **processes):
        """One that answers by now."""
        robot = self.start_run(**processes)
        self.wait_until(lambda: robot.poll() is not None or self.answers())
        if robot.poll() is not None:
            self.fail(f"it has ended: {robot.communicate()}")
        return robot

    def answers(self):
        # A call that comes before the broker is lost, and asked again.
        return self.run_command("status", "--timeout=1s").returncode == 0

    def start_run(self, *, prefix=(), **processes):
        """@param prefix the command line that becomes the runtime."""
        lines = []
        for name, keys in processes.items():
            lines.append(f"[process.{name}]")
            for key, value in keys.items():
                lines.append(f"{key.replace('_', '-')} = {ini(value)}")
        file = self.folder / "robot.ini"
        file.write_text("\n".join(lines) + "\n")
        self.options.append(f"--config-file={file}")
        return self.spawn([*prefix, *self.command("run", "--log.format=json")])

    def python(self, script):
        # From a file, for whoever looks for a child's command line.
        self.scripts = getattr(self, "scripts", 0) + 1
        file = self.folder / f"child-{self.scripts}.py"
        file.write_text(SPEAKER + script)
        return ["/usr/bin/python3", str(file)]

    def status(self):
        done = self.run_command("status", "--format=json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def process(self, name="child"):
        found = [x for x in self.status()["processes"] if x["name"] == name]
        return found[0]

    def wait_ready(self, name="child"):
        self.wait_until(lambda: self.process(name)["ready"])

    def named(self, events, name, process=None):
        return [
            x
            for x in events
            if x["event"] == name and process in (None, x.get("process"))
        ]

    def lines(self, robot):
        """Events as they come, in order; to be asked until one is there."""
        for line in robot.stdout:
            yield json.loads(line)

    def wait_for(self, robot, name, **fields):
        for event in self.lines(robot):
            if event["event"] == name and fields.items() <= event.items():
                return event
        self.fail(f"no {name}")
