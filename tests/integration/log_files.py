#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""`logs` with what is past, and with what is looked for.
usage: log_files.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import subprocess
from datetime import datetime, timedelta, timezone

from robot_case import LIMIT, RobotCase, run_tests

TICKER = 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.01; done'


def event(text, age=0.0, **fields):
    time = datetime.now(timezone.utc) - timedelta(seconds=age)
    return fields | {
        "event": text,
        "level": fields.get("level", "info"),
        "timestamp": time.isoformat(timespec="microseconds")[:26] + "Z",
        "app": "robot",
    }


class LogFiles(RobotCase):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "logs" / "robot.log"
        self.options += [
            f"--log.file={self.file}",
            "--log.max-size=4096",
            "--log.max-files=1000",
        ]

    def write(self, *events, name="robot.log"):
        self.file.parent.mkdir(exist_ok=True)
        with open(self.file.parent / name, "a") as file:
            for each in events:
                print(json.dumps(each), file=file)

    def logs(self, *words):
        done = self.run_command("logs", "--format=json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["event"] for line in done.stdout.splitlines()]

    def filtered(self, events, *words):
        done = subprocess.run(
            self.command("logs", "--source=stdin", "--format=json", *words),
            env=self.environment,
            input="".join(json.dumps(e) + "\n" for e in events),
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [json.loads(line)["event"] for line in done.stdout.splitlines()]

    def test_what_is_past_goes_over_into_what_comes(self):
        script = json.dumps(["/bin/sh", "-c", TICKER])
        self.start_robot(f"--process.ticker.command={script}")
        newest = lambda: self.file.exists() and "tick 60" in "".join(
            f.read_text() for f in self.file.parent.iterdir()
        )
        self.wait_until(newest)
        # By now it was rotated.
        self.assertTrue((self.file.parent / "robot.1.log").exists())
        words = ["--since=1h", "--process=ticker", "--grep=tick ", "--count=120"]
        self.assertEqual(
            self.logs(*words), [f"tick {i}" for i in range(1, 121)]
        )

    def test_what_is_past_is_told_without_a_runtime(self):
        self.write(event("older", age=3600), name="robot.2.log")
        self.write(event("old", age=300), name="robot.1.log")
        self.write(event("young", age=30), event("new"))
        self.assertEqual(
            self.logs("--since=10m", "--count=3"), ["old", "young", "new"]
        )
        self.assertEqual(
            self.logs("--since=2m", "--count=2"), ["young", "new"]
        )

    def test_only_what_is_shown_is_counted(self):
        self.write(
            event("a", process="left"),
            event("b", process="right"),
            event("c", level="debug", process="left"),
            event("d", process="left"),
            event("e", process="left"),
        )
        words = ["--since=1h", "--process=left", "--count=2"]
        self.assertEqual(self.logs(*words), ["a", "d"])

    def test_the_past_does_not_wait_for_a_runtime(self):
        self.write(event("past"))
        tool = self.start("logs", "--since=1h", "--format=json")
        self.assertEqual(json.loads(tool.stdout.readline())["event"], "past")
        self.assertIn("; waiting for it", tool.stderr.readline())
        tool.terminate()
        self.assertEqual(tool.wait(LIMIT), 0)

    def test_without_a_file_nothing_is_past(self):
        self.options.remove(f"--log.file={self.file}")
        done = self.run_command("logs", "--since=10m")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("log.file is not set", done.stderr)

    def test_a_file_that_cannot_be_read_is_named(self):
        self.file.parent.mkdir()
        self.file.symlink_to(self.file)
        done = self.run_command("logs", "--since=10m", "--timeout=5s")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"cannot read the log from {self.file}: ", done.stderr)

    def test_torn_lines_are_counted(self):
        self.write(event("whole"))
        with open(self.file, "a") as file:
            file.write('{"event": "to\n')
        self.write(event("next"))
        done = self.run_command("logs", "--since=1h", "--count=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("skipped 1 malformed events", done.stderr)

    def test_a_process_is_followed(self):
        events = [
            event("of the child", process="arm"),
            event("by itself") | {"app": "arm"},
            event("of another", process="armature"),
            event("of the robot"),
        ]
        self.assertEqual(
            self.filtered(events, "--process=arm"),
            ["of the child", "by itself"],
        )

    def test_text_is_looked_for_in_what_people_see(self):
        events = [
            event("Motor too hot"),
            event("a", why="the Motor stalls"),
            event("b", nested={"deep": ["Motor"]}),
            event("motor"),
            event("c") | {"source": "Motor-1"},
            event("d", level="warning"),
        ]
        self.assertEqual(
            self.filtered(events, "--grep=Motor"), ["Motor too hot", "a", "b"]
        )
        self.assertEqual(self.filtered(events, "--grep=warning"), [])
        self.assertEqual(self.filtered(events, "--grep=[Mm]otor"), [])

    def test_what_comes_by_standard_input_has_its_time(self):
        events = [event("old", age=3600), event("new"), event("timeless")]
        del events[2]["timestamp"]
        self.assertEqual(
            self.filtered(events, "--since=10m"), ["new", "timeless"]
        )


if __name__ == "__main__":
    run_tests()
