#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A runtime that is killed at any instant: the next start writes a file of what
it had kept, which opens, and what is lost is told.
usage: black_box_kills.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE
RR_TEST_ROUNDS  how often 20 instants; 8 instants without it"""

import os
import random
import subprocess
import time

from mcap_reader import McapFile, read_by_foxglove
from robot_case import LIMIT, RobotCase, run_tests

ROUNDS = 20 * int(os.environ.get("RR_TEST_ROUNDS", "0")) or 8


class Kills(RobotCase):
    def setUp(self):
        super().setUp()
        self.records = self.folder / "state" / "records"
        script = self.folder / "talk.sh"
        script.write_text("i=0; while :; do i=$((i+1)); echo count $i; "
                          "sleep 0.002; done\n")
        (self.folder / "robot.ini").write_text(
            f"[process.talk]\ncommand = [\"/bin/sh\", \"{script}\"]\n")
        self.options += [f"--config-file={self.folder}/robot.ini",
                         "--record.memory=262144", "--record.max-files=100000",
                         "--emergency-stop.latch=false"]

    def killed(self, seconds):
        """@returns when it was killed; now and then before it answers."""
        robot = subprocess.Popen(self.command("run"), env=self.environment,
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        robot.kill()
        killed = time.time()
        robot.wait(LIMIT)
        return killed

    def test_a_file_opens_whenever_its_runtime_was_killed(self):
        random.seed(7)
        lost, empty = [], 0
        for number in range(ROUNDS):
            killed = self.killed(random.uniform(0, 2) ** 2)
            before = set(self.records.glob("*.mcap")) \
                if self.records.exists() else set()
            last = self.start_robot("--process.talk.command=[\"/bin/true\"]")

            def is_written():
                return not list((self.folder / "run").glob("black-box.left-*"))

            # What was killed before anything was told leaves nothing.
            self.wait_until(is_written)
            self.events(last)
            files = set(self.records.glob("*.mcap")) - before \
                if self.records.exists() else set()
            self.assertLessEqual(len(files), 1)
            if not files:
                empty += 1
                continue
            path = files.pop()
            found = McapFile(path)
            self.assertTrue(found.whole, path)
            if number % 10 == 0 and (other := read_by_foxglove(path)):
                self.assertEqual(other["indexed"], len(found.messages))
            counts = [int(x.split()[1]) for x in found.texts()
                      if x.startswith("count ")]
            # In a row, from wherever the memory begins.
            self.assertEqual(counts, list(range(counts[0], counts[0]
                                                + len(counts)))
                             if counts else [])
            if counts:
                lost.append(killed - found.messages[-1][1] / 1e9)
        lost.sort()
        if lost:
            print(f"{len(lost)} files of {ROUNDS} kills, {empty} before "
                  f"anything was kept; lost: median "
                  f"{lost[len(lost) // 2] * 1000:.1f} ms, "
                  f"most {lost[-1] * 1000:.1f} ms")


if __name__ == "__main__":
    run_tests()
