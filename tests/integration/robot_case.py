# SPDX-License-Identifier: BSD-3-Clause
"""A real runtime with a motor, gamepads and a folder of its own, for tests of
its driver's side. All of it on loopback, or in networks of its own."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

# Whatever surrounds the tests: what they start is theirs to surround. (SIGPIPE
# and SIGXFSZ the interpreter itself ignores.)
for number in signal.valid_signals() - {
    signal.SIGKILL,
    signal.SIGSTOP,
    signal.SIGPIPE,
    signal.SIGXFSZ,
}:
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [])

LIMIT = 20  # seconds that no wait here comes near, unless something is wrong
GROUP = "224.1.1.1"
CATALOG = """
motor:
  device_id: 13
  params:
    - {name: duty_cycle, type: float, lower: -1, upper: 1, writeable: true,
       safe: 0}
    - {name: speed, type: double}
gamepad:
  params:
    - {name: button_a, type: bool}
    - {name: button_b, type: bool}
    - {name: joystick_left_x, type: float}
    - {name: joystick_left_y, type: float}
    - {name: joystick_right_x, type: float}
    - {name: joystick_right_y, type: float}
"""
MOTOR = (13 << 72) + 5


def free_port() -> int:
    """For TCP and UDP, below those that the kernel gives to whoever connects,
    and none that browsers refuse."""
    while True:
        port = random.randrange(10_081, 32_768)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        ):
            try:
                datagrams.bind(("127.0.0.1", port))
                stream.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class RobotCase(unittest.TestCase):
    program = ""
    count = 0

    def setUp(self):
        # What a build cannot do: see cmake/sanitizers.cmake.
        if self._testMethodName in os.environ.get("RR_LEFT_OUT", "").split():
            self.skipTest("not with sanitizers")
        folder = tempfile.TemporaryDirectory(prefix="rr-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "catalog.yaml").write_text(CATALOG)
        RobotCase.count += 1
        self.prefix = f"c{os.getpid()}-{RobotCase.count}"
        self.port = free_port()
        self.group_port = free_port()
        self.options = [
            f"--application.runtime-directory={folder.name}/run",
            f"--application.state-directory={folder.name}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-front.sock",
            f"--control.address=udp://127.0.0.1:{self.port}",
            f"--update.address=udp://{GROUP}:{self.group_port}",
            "--update.interval=20ms",
            f"--device.catalog={folder.name}/catalog.yaml",
            f"--device.prefix={self.prefix}",
        ]
        self.environment = {
            k: v for k, v in os.environ.items() if k[:3] != "RR_"
        }

    def command(self, name, *arguments):
        return [self.program, name, *arguments, *self.options]

    def start(self, name, *arguments, **how):
        return self.spawn(self.command(name, *arguments), **how)

    def spawn(self, command, **how):
        how = {"env": self.environment, "stderr": subprocess.PIPE} | how
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            **how,
        )
        for stream in (child.stdout, child.stderr):
            if stream:
                self.addCleanup(stream.close)
        self.addCleanup(self.end, child)
        return child

    @staticmethod
    def end(child):
        # In order, so that no shared memory is left behind.
        child.terminate()
        try:
            child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def run_command(self, name, *arguments):
        return subprocess.run(
            self.command(name, *arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    def start_robot(self, *arguments):
        robot = self.start("run", *arguments)
        self.wait_until(lambda: self.run_command("status").returncode == 0)
        return robot

    def wait_until(self, done):
        end = time.monotonic() + LIMIT
        while not done():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.01)

    def driver(self):
        result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        result.connect(("127.0.0.1", self.port))
        return result

    def gamepad(self, index=0):
        """What is in the buffer; None before there is any."""
        shown = self.run_command(
            "buffers", "show", f"gamepad:{index}", "--format=json"
        )
        return json.loads(shown.stdout) if shown.returncode == 0 else None

    def events(self, robot):
        robot.send_signal(signal.SIGTERM)
        out, _ = robot.communicate(timeout=LIMIT)
        return [json.loads(line) for line in out.splitlines()]

    def make_motor(self):
        os.environ["RR_DEVICE_PREFIX"] = self.prefix
        os.environ["RR_DEVICE_CATALOG"] = str(self.folder / "catalog.yaml")
        # Known once `run_tests` has been told where it is.
        from robot_runtime import buffers

        motor = buffers.open("motor", MOTOR, create=True)
        self.addCleanup(motor.close)
        motor.set("duty_cycle", 0.25)


def run_tests():
    """The main program of a file of tests: FILE ROBOT-RUNTIME
    FOLDER-OF-BUILT-MODULE."""
    RobotCase.program = sys.argv[1]
    sys.path.insert(0, sys.argv[2])
    unittest.main(argv=sys.argv[:1], verbosity=2)
