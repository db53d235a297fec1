# SPDX-License-Identifier: BSD-3-Clause
"""A robot with a battery, which raises an emergency once it is told to, a motor
that says when it was asked to end, and devices: something befalls its runtime,
and then it is to stop all the same."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from fault_case import FaultCase  # first: it knows the other folder

import selfwatch
from robot_case import LIMIT
from surrounded_case import SurroundedCase


def own_mounts(line):
    """What is mounted so is there for the program alone."""
    return ["unshare", "--mount", "sh", "-c", line + ' && exec "$@"', "sh"]


def named(events, name):
    return [x for x in events if x["event"] == name]


class RuntimeFault(FaultCase, SurroundedCase):
    # The motor is a shell, which a busy machine lets wait.
    grace = "5s"

    devices = selfwatch.SelfWatch.devices
    request = selfwatch.SelfWatch.request
    status = selfwatch.SelfWatch.status
    hold_still = selfwatch.SelfWatch.stop

    def saw(self, what):
        """The same in each run, as far as names of this test go."""
        for name, shown in ((str(self.folder), "FOLDER"),
                            (self.prefix, "PREFIX"), ("robot-runtime: ", "")):
            what = what.replace(name, shown)
        super().saw(what)

    # -- what is left ----------------------------------------------------------

    def left(self):
        """Processes that work in this test's folder: its children."""
        result = []
        for entry in Path("/proc").iterdir():
            try:
                if os.readlink(entry / "cwd") == str(self.folder):
                    result.append(int(entry.name))
            except (OSError, ValueError):
                pass
        return result

    def nothing_is_left(self):
        """@returns for how long something was, in milliseconds."""
        begin = time.monotonic()
        self.wait_until(lambda: not self.left())
        return 1000 * (time.monotonic() - begin)

    def shared_objects(self):
        return sorted(x.name for x in Path("/dev/shm").glob(self.prefix + "-*"))

    def clear(self):
        super().clear()
        for path in Path("/dev/shm").glob(self.prefix + "-*"):
            path.unlink()

    def setUp(self):
        super().setUp()
        self.options.append(
            f"--emergency-stop.terminate-timeout={self.grace}")
        self.addCleanup(self.kill_left)
        self.addCleanup(self.clear)

    def kill_left(self):
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)

    # -- what befalls it -------------------------------------------------------

    def within(self, robot, line):
        """Runs something where the robot's mounts are."""
        subprocess.run(["nsenter", f"--target={robot.pid}", "--mount",
                        "sh", "-c", line], check=True)

    def take_all_descriptors(self):
        """Connects until it is refused. @returns how often."""
        taken = []
        self.addCleanup(lambda: [x.close() for x in taken])

        def refused():
            caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            taken.append(caller)
            caller.settimeout(0.2)
            try:
                caller.connect(f"{self.folder}/run/log-front.sock")
                # Taken once it is greeted.
                return caller.recv(1) == b""
            except OSError:
                return True

        self.wait_until(refused)
        return len(taken)

    # -- how it ends -----------------------------------------------------------

    def ended(self, robot, code):
        """Waits for its end. @returns its events."""
        out, err = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, code, out + (err or ""))
        return [json.loads(x) for x in out.splitlines()]

    def stops_in_emergency(self, robot):
        """Raises one. @returns the events of all its life."""
        (self.folder / "go").touch()
        return self.stopped_in_emergency(robot)

    def stopped_in_emergency(self, robot):
        events = self.ended(robot, 255)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        return events

    def stops_in_order(self, robot, number=signal.SIGTERM):
        robot.send_signal(number)
        events = self.ended(robot, 0)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        return events

    def fails(self, *words, prefix=(), beside=None):
        """A start that is refused. @returns what it says, in one line."""
        done = subprocess.run(
            [*prefix, self.copy, "run",
             f"--config-file={self.folder}/robot.ini", *self.options, *words],
            env=self.environment, capture_output=True, text=True,
            timeout=LIMIT,
        )
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        if not beside:
            self.nothing_is_left()
        said = [x for x in done.stderr.splitlines() if "warning:" not in x]
        self.assertEqual(len(said), 1, said)
        return said[0]

    def latency(self, events):
        """From the battery's end to the motor's signal, in microseconds."""
        told, = named(events, "Received emergency stop")
        return told["signal_latency_us"]

    def in_log(self, log):
        """That of before, too: a flood soon fills one file."""
        older = log.with_name(f"{log.stem}.1{log.suffix}")
        text = older.read_text() if older.exists() else ""
        return [json.loads(x) for x in (text + log.read_text()).splitlines()]

    def wait_for_event(self, robot, name, **fields):
        """Reads its output up to an event."""
        for line in robot.stdout:
            event = json.loads(line)
            if event["event"] == name and fields.items() <= event.items():
                return event
        self.fail(f"no {name} {fields}")

    def pid_of(self, name):
        return next(x["pid"] for x in self.status()["processes"]
                    if x["name"] == name)
