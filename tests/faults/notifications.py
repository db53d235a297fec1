#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What others say in a child's place by the protocol of sd_notify.
usage: notifications.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import array
import json
import os
import socket
import subprocess
import sys
import time

from fault_case import fault, run_faults
from outside_case import OutsideCase

from robot_case import LIMIT


class Notifications(OutsideCase):
    def goes_on(self, what):
        self.assertEqual(self.ask("ping"), (None, "pong"))
        self.ends_well()
        self.saw(what)

    def waiting_child(self):
        """One that waits for ever to be ready; the socket on which it would
        say so."""
        script = 'echo "$NOTIFY_SOCKET" > new; mv new told; exec sleep 1000'
        self.start_robot(
            "--process.child.command=" + json.dumps(["sh", "-c", script]),
            f"--process.child.directory={self.folder}",
            "--process.child.ready=notify",
            "--process.child.ready-timeout=100s",
        )
        told = self.folder / "told"
        self.wait_until(told.exists)
        return told.read_text().strip()

    @fault("strangers say what a child says: that it is ready, lives, ends, or "
           "is another process",
           "refused and told, none of it takes effect; descriptors that come "
           "with it are closed")
    def test_notifications_of_strangers(self):
        path = self.waiting_child()
        before = self.descriptors()
        lines = [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=trigger",
                 b"MAINPID=%d" % os.getpid(), b"MAINPID=1", b"STOPPING=1",
                 b"READY=1\nMAINPID=%d" % self.robot.pid, b"", b"\n" * 4096,
                 b"\xff" * 4096, b"READY=1\0", b"x" * 100_000]
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                   array.array("i", [reading] * 200))]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
            for line in lines:
                stranger.sendto(line, path)
            for _ in range(20):
                stranger.sendmsg([b"FDSTORE=1"], rights, 0, path)
        self.event("Notification refused")
        child = lambda: self.status()["processes"][0]
        self.wait_until(lambda: self.descriptors() <= before + 5)
        self.assertEqual((child()["state"], child()["ready"]),
                         ("starting", False))
        told = len(self.logged("Notification refused"))
        self.goes_on(f"{len(lines) + 20} datagrams and 4,000 descriptors, told "
                     f"{told} times; the child is still starting")

    @fault("200 programs that speak for a child and end at once",
           "who has gone while it is looked for counts by its user, as "
           "systemd-notify does; the robot goes on")
    def test_notifications_of_those_who_have_gone(self):
        path = self.waiting_child()
        strangers = subprocess.run(
            [sys.executable, "-c",
             "import os, socket, sys\n"
             "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
             "s.connect(sys.argv[1])\n"
             "for i in range(200):\n"
             "    if os.fork() == 0:\n"
             "        s.send(b'READY=1')\n"
             "        os._exit(0)\n"
             "    os.wait()\n", path],
            timeout=LIMIT,
        )
        self.assertEqual(strangers.returncode, 0)
        told = len(self.logged("Notification refused"))
        self.goes_on(f"200 heard, strangers told {told} times")

    @fault("a flood of notifications of a stranger",
           "calls are answered, the child's own word is heard, and the robot "
           "stops in order")
    def test_a_flood_of_notifications(self):
        path = self.waiting_child()
        flood = subprocess.Popen(
            [sys.executable, "-c",
             "import socket, sys\n"
             "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
             "s.connect(sys.argv[1])\n"
             "print('floods', flush=True)\n"
             "try:\n"
             "    while True: s.send(b'READY=1\\nSTATUS=' + b'x' * 1000)\n"
             "except OSError: pass\n", path],
            stdout=subprocess.PIPE,
        )
        self.addCleanup(flood.stdout.close)
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        flood.stdout.readline()
        self.event("Notification refused")
        begin = time.monotonic()
        for _ in range(100):
            self.assertEqual(self.ask("ping"), (None, "pong"))
        took = (time.monotonic() - begin) / 100
        state = self.status()["processes"][0]["state"]
        self.assertEqual(state, "starting")
        stop = self.ends_well()
        self.saw(f"calls answered in {took * 1e3:.1f} ms, stopped in "
                 f"{stop * 1e3:.0f} ms, the child was still starting")


if __name__ == "__main__":
    run_faults()
