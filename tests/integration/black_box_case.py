# SPDX-License-Identifier: BSD-3-Clause
"""A robot with a black box, and what it leaves as two readers have it."""

import json

from mcap_reader import McapFile, read_by_foxglove
from robot_case import LIMIT, RobotCase


class BlackBoxCase(RobotCase):
    def setUp(self):
        super().setUp()
        self.records = self.folder / "state" / "records"
        self.memory = self.folder / "run" / "black-box"
        # It would keep the next run from starting.
        self.options.append("--emergency-stop.latch=false")

    def configure(self, script):
        (self.folder / "motor.sh").write_text(script + "\n")
        file = self.folder / "robot.ini"
        file.write_text("[process.motor]\ncommand = [\"/bin/sh\", "
                        f"\"{self.folder}/motor.sh\"]\n")
        self.options.append(f"--config-file={file}")

    def names(self):
        if not self.records.exists():
            return []
        return sorted(x.name for x in self.records.iterdir())

    def kept(self, end, folder=None):
        """The only file, as two readers have it."""
        found = list((folder or self.records).glob("*.mcap"))
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0].name,
                         r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-" + end
                         + r"\.mcap$")
        return self.read(found[0])

    def read(self, path):
        result = McapFile(path)
        self.assertTrue(result.whole)
        for first, last in result.chunks:
            self.assertLess(last - first, 100_000_000)
        foxglove = read_by_foxglove(path)
        if foxglove:
            self.assertEqual(foxglove["indexed"], len(result.messages))
            self.assertEqual([x["data"] for x in foxglove["messages"]],
                             [x[2] for x in result.messages])
            self.assertEqual(foxglove["metadata"], result.metadata)
        return result

    def run_to_its_end(self, exit_code):
        robot = self.start("run", "--log.format=json")
        output, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, exit_code, errors)
        return [json.loads(x) for x in output.splitlines()]

    def explain(self):
        done = self.run_command("explain", "--format=json")
        return json.loads(done.stdout.splitlines()[0])

    def wait_for(self, pattern):
        self.wait_until(lambda: list(self.records.glob(pattern)))

    def holds(self, text):
        return text.encode() in self.memory.read_bytes()
