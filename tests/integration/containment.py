#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Daemons that discard session and environment, of a child that ends and of a
runtime that is killed: nothing is left, or `status` and `check` have said so.
usage: containment.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import subprocess
from pathlib import Path

from robot_case import LIMIT, run_tests
from surrounded_case import SurroundedCase

USER = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"]
WITHOUT_GROUPS = (
    "for x in $(awk '/ - cgroup2 /{print $5}' "
    "/proc/self/mountinfo); do mount -t tmpfs none $x; done"
)


def then(code):
    return ["bash", "-c", code + '; exec "$@"', "bash"]


NAMESPACE = "process namespace"
COOKIE = (
    "environment cookie (a daemon that discards its environment outlives a "
    "killed runtime)"
)
NO_NAMESPACES = then(
    "echo 0 > /proc/sys/user/max_pid_namespaces; " + WITHOUT_GROUPS
)
MODES = {
    "control group": ("control group", []),
    "namespace of root": (
        NAMESPACE, ["unshare", "--mount", *then(WITHOUT_GROUPS)],
    ),
    "namespace of an ordinary user": (NAMESPACE, USER),
    "cookie of root": (
        COOKIE,
        ["unshare", "--user", "--map-root-user", "--mount", *NO_NAMESPACES],
    ),
    "cookie of an ordinary user": (
        COOKIE,
        [*USER, "unshare", "--user", "--map-root-user", "--mount",
         *NO_NAMESPACES],
    ),
}


def can(prefix) -> bool:
    done = subprocess.run(
        [*prefix, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    return done.returncode == 0 and not done.stderr


class Containment(SurroundedCase):
    def setUp(self):
        super().setUp()
        # Nobody else sleeps for so long.
        self.mark = f"9{os.getpid()}.{self.count}"
        daemon = (
            f"setsid setsid env -i /bin/sleep {self.mark} <&- >&- 2>&- & "
        )
        script = f"({daemon}) ; : > ready; exec sleep 1000"
        (self.folder / "robot.ini").write_text(
            f"[process.child]\ncommand = {json.dumps(['sh', '-c', script])}\n"
            f"directory = \"{self.folder}\"\n"
        )

    def sleepers(self):
        result = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    line = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if line == f"/bin/sleep\0{self.mark}\0".encode():
                    result.append(int(entry.name))
        return result

    def kill_sleepers(self):
        for pid in self.sleepers():
            os.kill(pid, signal.SIGKILL)

    def runtime_of(self, child):
        """`unshare` has become the program, or stands before it."""
        self.assertEqual(os.readlink(f"/proc/{child.pid}/exe"), str(self.copy))
        return child.pid

    def in_each(self, check):
        for name, (told, prefix) in MODES.items():
            with self.subTest(name):
                if not can(prefix):
                    self.skipTest(f"cannot make the surroundings: {name}")
                self.clear()
                self.addCleanup(self.kill_sleepers)
                robot = self.launch(prefix)
                self.wait_until(lambda: len(self.sleepers()) == 1)
                status = json.loads(
                    self.run_command("status", "--format=json").stdout
                )
                self.assertEqual(status["containment"], told)
                self.assertEqual(status["processes"][0]["containment"], told)
                try:
                    check(robot, told)
                finally:
                    self.end(robot)
                    self.kill_sleepers()
                    # One that is killed leaves it, and of another user.
                    for left in Path("/dev/shm").glob(self.prefix + "-*"):
                        left.unlink()

    def test_of_a_killed_runtime_nothing_is_left_but_what_status_said(self):
        def check(robot, told):
            os.kill(self.runtime_of(robot), signal.SIGKILL)
            robot.wait(LIMIT)
            if told != COOKIE:
                self.wait_until(lambda: not self.sleepers())

        self.in_each(check)

    def test_a_child_takes_its_daemons_along(self):
        def check(_, told):
            self.assertEqual(self.run_command("stop", "child").returncode, 0)
            if told != COOKIE:
                self.assertEqual(self.sleepers(), [])

        self.in_each(check)

    def test_an_orderly_stop_leaves_nothing_in_any_mode(self):
        def check(robot, _):
            robot.send_signal(signal.SIGTERM)
            self.assertEqual(robot.wait(LIMIT), 0)
            self.assertEqual(self.sleepers(), [])

        self.in_each(check)

    def test_check_warns_where_a_promise_is_not_kept(self):
        for name, (told, prefix) in MODES.items():
            with self.subTest(name):
                if not can(prefix):
                    self.skipTest(f"cannot make the surroundings: {name}")
                done = subprocess.run(
                    [*prefix, self.copy, "check",
                     f"--config-file={self.folder}/robot.ini"],
                    env=self.environment, capture_output=True, text=True,
                    timeout=LIMIT,
                )
                self.assertEqual(done.returncode, 0, done.stderr)
                warned = "outlives a killed runtime" in done.stderr
                self.assertEqual(warned, told == COOKIE, done.stderr)
                for line in done.stderr.splitlines():
                    self.assertTrue(line.startswith("warning: "), line)


if __name__ == "__main__":
    run_tests()
