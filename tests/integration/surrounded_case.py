# SPDX-License-Identifier: BSD-3-Clause
"""A real runtime that other programs stand around: a robot with two children,
one of which raises an emergency once it is told to."""

import fcntl
import os
import pty
import shutil
import subprocess
import sys
import termios
import time
from pathlib import Path

from robot_case import RobotCase

# The first child raises the emergency once a file is there; the second says
# that it is there, and that it was asked to end.
INI = """
[process.battery]
command = ["sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; exit 255"]
directory = "{folder}"
[process.motor]
command = ["sh", "-c", "trap ': > terminated; exit 0' TERM; : > ready; \
while :; do sleep 0.02; done"]
directory = "{folder}"
"""

# As a Python program that becomes the runtime, after some code.
PYTHON = [sys.executable, "-c"]
BECOME = "; import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"


def python(code):
    return [*PYTHON, "import signal, ctypes, resource; " + code + BECOME]


def shell(code):
    return ["bash", "-c", code + '; exec "$@"', "bash"]


class SurroundedCase(RobotCase):
    def setUp(self):
        super().setUp()
        # What an ordinary user may execute.
        self.copy = self.folder / "robot-runtime"
        for name in ("robot-runtime", "robot-runtime-launcher"):
            source = Path(self.program).parent / name
            shutil.copy(source, self.folder / name)
        (self.folder / "robot.ini").write_text(INI.format(folder=self.folder))
        self.folder.chmod(0o777)
        self.environment |= {"D": str(self.folder), "HOME": str(self.folder)}

    def clear(self):
        for name in ("go", "ready", "terminated"):
            (self.folder / name).unlink(missing_ok=True)
        for name in ("run", "state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def launch(self, prefix, *more, **how):
        options = [x for x in self.options if "catalog" not in x or
                   "--device.catalog=" not in more]
        child = self.spawn(
            [*prefix, self.copy, "run", f"--config-file={self.folder}/robot.ini",
             *options, *(x for x in more if x != "--device.catalog=")],
            **how,
        )
        self.robot = child
        self.begun = time.monotonic()
        self.wait_until(
            lambda: (self.folder / "ready").exists() or child.poll() is not None
        )
        return child

    def on_terminal(self, *more):
        """@returns a robot that leads a session on a terminal, the other side
        of that, and the robot's log."""
        master, slave = pty.openpty()
        log = self.folder / "robot.log"

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        robot = subprocess.Popen(
            [self.copy, "run", f"--config-file={self.folder}/robot.ini",
             *self.options, f"--log.file={log}", *more],
            env=self.environment, stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=own_terminal)
        self.addCleanup(self.end, robot)
        os.close(slave)
        self.wait_until((self.folder / "ready").exists)
        return robot, master, log
