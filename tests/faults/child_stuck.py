#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children that cannot heed a signal, or cannot even die.
usage: child_stuck.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import ctypes
import os
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

from child_faults import (
    LIMIT,
    SLEEPER,
    ChildFaults,
    group_of,
    shell,
    state_of,
)
from fault_case import fault, run_faults

as_root = unittest.skipUnless(os.geteuid() == 0, "needs root")
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WAIT_ANY = 0x40000000
# A file system that stands still while this has its standard input.
FREEZER = """
mkfs.ext4 -q image && mkdir disk && mount -o loop image disk || exit 1
: > disk/there && fsfreeze -f disk || exit 1
echo frozen
cat
fsfreeze -u disk
umount -l disk
"""


def own_time(pid, thread):
    """Seconds that a thread has had a processor."""
    for each in Path(f"/proc/{pid}/task").iterdir():
        if (each / "comm").read_text() == thread + "\n":
            return int((each / "schedstat").read_text().split()[0]) / 1e9
    return None


class Stuck(ChildFaults):
    # -- under a debugger -----------------------------------------------------

    def trace(self, pid):
        """Stops a process as a debugger does."""
        call = ctypes.CDLL(None, use_errno=True).ptrace
        call.argtypes = [ctypes.c_long] * 4
        if call(PTRACE_SEIZE, pid, 0, 0) != 0:
            self.skipTest(f"ptrace: {os.strerror(ctypes.get_errno())}")
        call(PTRACE_INTERRUPT, pid, 0, 0)
        self.wait_until(lambda: state_of(pid) == "t")

    @staticmethod
    def let_go(pid):
        """Waits for its end, as a debugger does in the end."""
        while True:
            status = os.waitpid(pid, WAIT_ANY)[1]
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                return

    @fault("a debugger has stopped a child, and the robot stops",
           "killed after its terminate-timeout; the stop is one in order")
    def test_traced(self):
        robot = self.robot(child=dict(SLEEPER, terminate_timeout="100ms"))
        pid = self.wait_for(robot, "Process ready")["pid"]
        self.trace(pid)
        debugger = threading.Thread(target=self.let_go, args=[pid])
        debugger.start()
        events = self.stops_in_order(robot)
        debugger.join(LIMIT)
        self.one(events, "Killed process")
        self.saw("killed, exit code 0")

    @fault("a debugger keeps the end of a killed child to itself",
           "nothing waits at the cost of the processor; told once it lets go")
    def test_end_kept_by_a_debugger(self):
        robot = self.robot(child=dict(SLEEPER, restart="on-failure"))
        pid = self.wait_for(robot, "Process ready")["pid"]
        self.trace(pid)
        os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: state_of(pid) == "Z")
        before, begun = own_time(robot.pid, "rr-sentry"), time.monotonic()
        # As much as happens meanwhile: some calls.
        while time.monotonic() < begun + 0.3:
            self.assertEqual(self.process()["state"], "running")
        share = ((own_time(robot.pid, "rr-sentry") - before)
                 / (time.monotonic() - begun))
        self.assertLess(share, 0.1)
        self.let_go(pid)
        failed = self.wait_for(robot, "Process failed")
        self.assertEqual(failed["signal"], "SIGKILL")
        self.wait_for(robot, "Process ready")
        self.stops_in_order(robot)
        self.saw(f"{share:.1%} of a processor while it waited; failed by "
                 "SIGKILL, ready again")

    @fault("a debugger keeps the end of a child, and never lets go",
           "an emergency stop ends the others and the robot all the same")
    def test_end_kept_in_an_emergency(self):
        tell = "trap 'echo told; exit 0' TERM; echo there; "
        robot = self.robot(
            child=SLEEPER,
            other=shell(tell + "while :; do sleep 0.01; done"),
        )
        self.wait_line(robot, "there", "other")
        pid = self.running()["pid"]
        self.trace(pid)
        begun = time.monotonic()
        self.assertEqual(self.run_command("estop").returncode, 0)
        code, events = self.to_its_end(robot)
        took = time.monotonic() - begun
        self.let_go(pid)
        self.assertEqual(code, 255)
        self.one(events, "told", "other")
        self.saw(f"exit code 255 after {took:.1f} s, the other child told")

    # -- in the kernel --------------------------------------------------------

    @fault("a child waits in the kernel for a program that cannot begin",
           "killed after its terminate-timeout; nothing is left")
    def test_waits_for_a_start(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        robot = self.robot(
            child=self.child(
                # By `vfork`: it waits for what waits for a writer.
                f"os.posix_spawn('/bin/sleep', ['sleep', '{self.mark}'], {{}},"
                f" file_actions=[(os.POSIX_SPAWN_OPEN, 9, '{pipe}',"
                " os.O_RDONLY, 0)])\n",
                terminate_timeout="100ms",
            )
        )
        pid = self.wait_for(robot, "Process ready")["pid"]
        # Without a child it is only read from a disk.
        children = Path(f"/proc/{pid}/task/{pid}/children")
        self.wait_until(lambda: children.read_text() and state_of(pid) == "D")
        events = self.stops_in_order(robot)
        self.one(events, "Killed process")
        self.saw("state D, killed, exit code 0")

    @as_root
    @fault("the control group of a child is frozen",
           "killed after its terminate-timeout; nothing is left")
    def test_frozen_group(self):
        robot = self.robot(
            child=shell(f"trap : TERM; sleep {self.mark} & sleep {self.mark}; "
                        "sleep 1000", terminate_timeout="100ms")
        )
        group = self.group_of_child()
        self.wait_until(lambda: len(self.sleepers()) == 2)
        self.freeze(group)
        events = self.stops_in_order(robot)
        self.one(events, "Killed process")
        self.saw("frozen, killed, exit code 0")

    def group_of_child(self):
        child = self.running()
        if child["containment"] != "control group":
            self.skipTest("no control groups here")
        return group_of(child["pid"])

    def freeze(self, group):
        (group / "cgroup.freeze").write_text("1")
        self.wait_until(
            lambda: "frozen 1" in (group / "cgroup.events").read_text()
        )

    @as_root
    @fault("the start of a child hangs, before its program is executed",
           "a failure for that; the robot goes on")
    def test_start_hangs(self):
        robot = self.robot(child=dict(SLEEPER, on_failure="ignore"))
        # Whoever enters it stands still.
        self.freeze(self.group_of_child().parent)
        self.start("restart", "child", "--timeout=60s")
        self.wait_for(robot, "Terminated process")
        for failed in self.lines(robot):
            # What was never executed is not told as started.
            self.assertNotEqual(failed["event"], "Process started")
            if failed["event"] == "Process failed to start":
                break
        self.assertEqual(self.process()["state"], "failed")
        self.stops_in_order(robot)
        self.saw(f"{failed['error']}; the robot answers, and stops in order")

    def freeze_disk(self):
        """A file in a file system that stands still until `thaw`."""
        image = self.folder / "image"
        with image.open("wb") as file:
            file.truncate(4 << 20)
        freezer = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", FREEZER], cwd=self.folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )
        self.addCleanup(freezer.wait, LIMIT)
        self.addCleanup(freezer.stdout.close)
        self.addCleanup(freezer.stdin.close)
        if freezer.stdout.readline() != "frozen\n":
            self.skipTest("no file system of its own can be frozen here")
        return freezer

    @as_root
    @fault("a child writes to a disk that does not answer, and cannot even be "
           "killed", "the robot's end is bounded, and names it")
    def test_disk_that_does_not_answer(self):
        freezer = self.freeze_disk()
        disk = f"/proc/{freezer.pid}/root{self.folder}/disk"
        robot = self.robot(
            child=shell(f"exec dd if=/dev/zero of={disk}/there count=1 "
                        "status=none", terminate_timeout="100ms"),
            other=shell(f"exec sleep {self.mark}"),
        )
        pid = self.running()["pid"]
        # Once it has its input it waits for nothing but its output.
        self.wait_until(lambda: os.readlink(f"/proc/{pid}/fd/0") == "/dev/zero"
                        and state_of(pid) == "D")
        ended = self.watch_ends([pid])
        begun = time.monotonic()
        code, events = self.stop(robot)
        took = time.monotonic() - begun
        still = state_of(pid)
        freezer.stdin.close()
        late = ended()
        self.assertEqual(still, "D")
        self.assertEqual(code, 1, events)
        self.assertEqual(self.sleepers(), [])
        told = [x["error"] for x in self.named(events, "Unhandled error")]
        self.assertTrue(any("child" in x for x in told), told)
        self.saw(f"exit code 1 after {took:.1f} s: {'; '.join(told)}; gone "
                 f"{late:.0f} ms after the disk answered")


if __name__ == "__main__":
    run_faults()
