# SPDX-License-Identifier: BSD-3-Clause
"""What rows about children share."""

import os
import select
import signal
import threading
import time
from pathlib import Path

from fault_case import FaultCase

# Beside fault_case, which has made the folder of these known.
from child_case import ChildCase, marked  # noqa: E402
from containment import MODES, can  # noqa: E402
from robot_case import LIMIT  # noqa: E402

SLEEPER = {"command": ["/bin/sleep", "1000"]}
ROOT_MODES = {x: y for x, y in MODES.items() if "user" not in x}


def shell(script, **keys):
    return {"command": ["/bin/sh", "-c", script], **keys}


def state_of(pid):
    """One letter, as in /proc; X where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "X"
    return text.rsplit(")", 1)[1].split()[0]


def descriptors_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def group_root():
    """Where control groups of version 2 are mounted; None for nowhere."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if " - cgroup2 " in line:
            return Path(line.split()[4])
    return None


def group_of(pid):
    path = Path(f"/proc/{pid}/cgroup").read_text().partition("0::")[2]
    return Path(str(group_root()) + path.splitlines()[0])


class ChildFaults(FaultCase, ChildCase):
    def setUp(self):
        super().setUp()
        # Nobody else sleeps for so long.
        self.mark = f"8{os.getpid()}{self.count}"
        self.addCleanup(self.clear)

    def clear(self):
        """What a runtime leaves that is killed, and a row that has failed."""
        for pid in marked(self.mark):
            os.kill(pid, signal.SIGKILL)
        for left in Path("/dev/shm").glob(self.prefix + "-*"):
            left.unlink()

    def sleepers(self):
        """The programs of this row that sleep, and nobody who starts them."""
        found = []
        for pid in marked(self.mark):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"sleep"):
                found.append(pid)
        return found

    def spawn(self, command, **how):
        # Nothing here hangs for ever.
        child = super().spawn(command, **how)
        guard = threading.Timer(3 * LIMIT, child.kill)
        guard.start()
        self.addCleanup(guard.cancel)
        return child

    def child(self, script, **keys):
        """One in Python, that can `say` what systemd understands."""
        return {"command": self.python(script), **keys}

    def wait_line(self, robot, text, process="child"):
        return self.wait_for(robot, text, process=process)

    def to_its_end(self, robot):
        """Its exit code, and the events that have not been read."""
        events = list(self.lines(robot))
        return robot.wait(LIMIT), events

    def stop(self, robot):
        robot.send_signal(signal.SIGTERM)
        return self.to_its_end(robot)

    def one(self, events, name, process="child"):
        found = self.named(events, name, process)
        self.assertEqual(len(found), 1, events)
        return found[0]

    def stops_in_order(self, robot):
        """Nothing is left, and no end was forced."""
        code, events = self.stop(robot)
        self.assertEqual(code, 0, events)
        self.assertEqual(marked(self.mark), [])
        return events

    def order(self, what, process="child"):
        done = self.run_command(what, process)
        self.assertEqual(done.returncode, 0, done.stderr)

    def running(self, name="child"):
        """What status says of it, once it says that it runs: what a child
        prints may come before that."""
        self.wait_until(lambda: self.process(name)["state"] == "running")
        return self.process(name)

    def go(self):
        """What a child waits for whose script begins with `wait`."""
        (self.folder / "go").touch()

    @property
    def wait(self):
        return f"while [ ! -e {self.folder}/go ]; do sleep 0.01; done; "

    def watch_ends(self, pids):
        """To be asked how many milliseconds later all of them had ended; they
        are known by descriptors from now on."""
        watched = [os.pidfd_open(x) for x in pids]
        for each in watched:
            self.addCleanup(os.close, each)

        def wait():
            begun = time.monotonic()
            for each in watched:
                self.assertTrue(select.select([each], [], [], LIMIT)[0])
            return (time.monotonic() - begun) * 1000

        return wait

    def in_each_mode(self, check):
        """`check(prefix, where)` with every way to keep children together."""
        for name, (told, prefix) in ROOT_MODES.items():
            with self.subTest(name):
                if not can(prefix):
                    self.saw(f"not to be had here: {name}")
                    continue
                self.setUp_again()
                check(prefix, told.split(" (")[0])

    def setUp_again(self):
        self.clear()
        self.setUp()
