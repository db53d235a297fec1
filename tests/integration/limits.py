#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What children of the real runtime may have, and as whom they run.
usage: limits.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import subprocess
import unittest

from robot_case import LIMIT, run_tests
from surrounded_case import SurroundedCase

USER = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"]
TELL = (
    "id -u > uid; id -g > gid; nice > nice; ulimit -n > files; "
    "echo $HOME $USER > who; ulimit -v > memory; "
    "grep NoNewPrivs /proc/self/status > privileges; : > ready; sleep 1000"
)
as_root = unittest.skipUnless(os.geteuid() == 0, "needs root")


class Limits(SurroundedCase):
    def configure(self, **keys):
        keys = {"command": ["sh", "-c", TELL], "directory": str(self.folder)} | keys
        lines = ["[process.child]"] + [
            f"{key.replace('_', '-')} = {json.dumps(value)}"
            for key, value in keys.items()
        ]
        (self.folder / "robot.ini").write_text("\n".join(lines) + "\n")

    def told(self, name):
        return (self.folder / name).read_text().strip()

    def check(self, *prefix):
        return subprocess.run(
            [*prefix, self.copy, "check",
             f"--config-file={self.folder}/robot.ini"],
            env=self.environment, capture_output=True, text=True, timeout=LIMIT,
        )

    @as_root
    def test_all_of_them_at_once(self):
        cpu = min(os.sched_getaffinity(0))
        limits = {
            "memory_max": 1 << 30,
            "open_files": 99,
            "nice": -2,
            "cpu_affinity": [cpu],
            "user": "daemon",
            "group": "nogroup",
        }
        self.configure(**limits)
        self.launch([])
        self.wait_until((self.folder / "ready").exists)
        self.assertEqual(self.told("uid"), "1")
        self.assertEqual(self.told("gid"), "65534")
        self.assertEqual(self.told("nice"), "-2")
        self.assertEqual(self.told("files"), "99")
        self.assertEqual(self.told("who"), "/usr/sbin daemon")
        self.assertEqual(self.told("privileges"), "NoNewPrivs:\t1")
        done = self.run_command("status", "--format=json")
        known = json.loads(done.stdout)["processes"][0]["limits"]
        self.assertIn(known.pop("memory_by"), ("control group", "address space"))
        self.assertEqual(known, limits)
        if self.told("memory") != "unlimited":
            self.assertEqual(self.told("memory"), str(1 << 20))

    def test_none_is_told_as_none(self):
        self.configure()
        self.launch([])
        done = self.run_command("status", "--format=json")
        self.assertIsNone(json.loads(done.stdout)["processes"][0]["limits"])
        self.assertEqual(self.told("privileges"), "NoNewPrivs:\t1")

    @as_root
    def test_another_users_rights_are_refused_before_the_start(self):
        self.configure(user="root", nice=-5)
        self.assertEqual(self.check().returncode, 0)
        for command in ("check", "run"):
            done = subprocess.run(
                [*USER, self.copy, command, *self.options,
                 f"--config-file={self.folder}/robot.ini",
                 "--device.catalog="],
                env=self.environment, capture_output=True, text=True,
                timeout=LIMIT,
            )
            self.assertEqual(done.returncode, 2, done.stderr)
            errors = [x for x in done.stderr.splitlines() if "warning:" not in x]
            self.assertEqual(len(errors), 2, errors)
            self.assertIn("robot.ini:4: [process.child] user: \"root\" is "
                          "another user", errors[0])
            self.assertIn("robot.ini:5: [process.child] nice: -5 is lower than "
                          "this user may set it, expected 0 or more", errors[1])

    @as_root
    def test_other_commands_do_not_mind_whose_rights_are_asked_for(self):
        self.configure(user="root")
        done = subprocess.run(
            [*USER, self.copy, "status", *self.options,
             f"--config-file={self.folder}/robot.ini"],
            env=self.environment, capture_output=True, text=True, timeout=LIMIT,
        )
        self.assertNotIn("user", done.stderr)


if __name__ == "__main__":
    run_tests()
