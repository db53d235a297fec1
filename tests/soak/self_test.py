#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Of the soak itself: that it finds growth where there is some, and none where
there is none, and that it runs. usage: self_test.py BUILD-FOLDER"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(1, str(Path(__file__).parents[2] / "bench"))

from chatter import LEDGER
from growth import FIGURES, growth, judge
from plots import Axis, Line, Panel, draw
from robot import Robot

HOUR = 3600
OF_THE_ALLOCATOR = ("runtime_in_use_kib", "runtime_owned_kib")
LIMIT = 60  # seconds that nothing here comes near, unless something is wrong


def samples(of, seconds=1800, column="runtime_in_use_kib") -> list:
    return [{"t": t, column: of(t)} for t in range(1, seconds)]


class Growth(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(7)

    def noise(self) -> float:
        return self.random.gauss(0, 300)

    def wrong(self, made: list) -> list:
        return judge(made)[1]

    def test_a_leak_in_noise_is_found_with_its_size(self):
        leaking = samples(lambda t: 15_000 + self.noise() + 3 * 1024 * t / HOUR)
        (line,) = self.wrong(leaking)
        self.assertIn("grows: runtime_in_use_kib: +", line)
        figure, = [x for x in FIGURES if x.column == "runtime_in_use_kib"]
        points = figure.points(leaking)
        self.assertAlmostEqual(growth(points, 1800).slope, 3, delta=0.5)

    def test_a_descriptor_in_three_minutes_is_found(self):
        made = samples(lambda t: 80 + t // 180, column="runtime_descriptors")
        self.assertEqual(len(self.wrong(made)), 1)

    def test_noise_is_no_growth(self):
        self.assertEqual(self.wrong(samples(lambda _: self.noise())), [])

    def test_what_wanders_and_comes_back_is_no_growth(self):
        at = [0.0]

        def wander(_):
            at[0] = 0.98 * at[0] + self.noise()
            return at[0]

        for _ in range(20):
            self.assertEqual(self.wrong(samples(wander)), [])

    def test_what_is_constant_is_no_growth(self):
        self.assertEqual(self.wrong(samples(lambda _: 25)), [])

    def test_a_little_growth_is_allowed(self):
        made = samples(lambda t: 15_000 + 0.5 * 1024 * t / HOUR)
        self.assertEqual(self.wrong(made), [])

    def test_the_warm_up_is_not_looked_at(self):
        made = samples(lambda t: 15_000 + 50 * min(t, 180) + self.noise())
        self.assertEqual(self.wrong(made), [])

    def test_a_short_run_says_nothing_of_an_hour(self):
        said, wrong, _ = judge(samples(lambda t: t, seconds=60))
        self.assertEqual(wrong, [])
        self.assertIn("too short", said[0])


class Plots(unittest.TestCase):
    def test_a_plot_has_each_line_its_trend_and_its_axes(self):
        line = Line("a<b", [(t, t * t) for t in range(90)], ((9, 1), (89, 2)))
        panels = [Panel("memory", "MiB", [line]), Panel("time", "ms", [], True)]
        root = ElementTree.fromstring(draw("title", panels, Axis("time [min]", 90, ignored=9)))
        texts = [x.text for x in root.iter("{http://www.w3.org/2000/svg}text")]
        for expected in ("title", "memory [MiB]", "time [min]", "a<b", "8000"):
            self.assertIn(expected, texts)
        lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
        self.assertEqual(len(lines), 2)


class Lines(unittest.TestCase):
    """Those that a child has printed, of which standard output has some."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        build = Path(folder.name) / "build"
        (build / "examples").mkdir(parents=True)
        (build / "examples" / "robot.ini").write_text("")
        self.robot = Robot(build, Path(folder.name))
        ledger = self.robot.folder / "ledgers" / "token.ledger"
        ledger.write_bytes(LEDGER.pack(10, 9))

    def come(self, *numbers):
        for number in numbers:
            self.robot.take_line(["chatter", "token", str(number)])
        return self.robot.unaccounted_lines()

    def test_nothing_missing(self):
        self.assertEqual(self.come(*range(1, 10)), [])

    def test_what_was_about_to_be_printed_may_be_there(self):
        self.assertEqual(self.come(*range(1, 11)), [])

    def test_missing_and_counted(self):
        self.robot.dropped = 2
        self.assertEqual(self.come(*range(3, 10)), [])

    def test_missing_and_not_counted(self):
        self.robot.dropped = 1
        self.assertEqual(len(self.come(*range(3, 10))), 1)

    def test_twice(self):
        self.assertEqual(len(self.come(1, *range(1, 10))), 1)

    def test_never_printed(self):
        self.assertEqual(len(self.come(*range(1, 12))), 1)


class Run(unittest.TestCase):
    build: Path

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = Path(folder.name)

    def start(self, time_):
        child = subprocess.Popen(
            [
                sys.executable,
                Path(__file__).with_name("soak.py"),
                f"--for={time_}",
                f"--build={self.build}",
                f"--output={self.output}",
                "--seed=1",
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.terminate)
        return child

    def samples(self) -> list:
        path = self.output / "samples.jsonl"
        if not path.exists():
            return []
        lines = path.read_text().splitlines(keepends=True)
        return [json.loads(x) for x in lines if x.endswith("\n")]

    def check(self, child):
        _, said = child.communicate(timeout=LIMIT)
        self.assertEqual(child.returncode, 0, said)
        self.assertIn("nothing found", said)
        summary = json.loads((self.output / "summary.json").read_text())
        self.assertEqual(summary["wrong"], [])
        self.assertGreater(sum(summary["faults"].values()), 0)
        self.assertGreater(summary["load"]["answers"], 0)
        ElementTree.parse(self.output / "soak.svg")
        last = self.samples()[-1]
        for figure in FIGURES:
            if figure.column not in OF_THE_ALLOCATOR or self.has_allocator():
                self.assertGreater(last[figure.column], 0)

    def has_allocator(self):
        """Sanitizers have one of their own, which tells nothing."""
        return (self.build / "bin" / "libtest-heap-use.so").exists()

    def wait_for_samples(self, count):
        end = time.monotonic() + LIMIT
        while len(self.samples()) < count:
            self.assertLess(time.monotonic(), end, "no samples")
            time.sleep(0.05)

    def test_it_runs_and_writes_what_it_has_when_it_is_interrupted(self):
        child = self.start("10m")
        self.wait_for_samples(4)
        child.send_signal(signal.SIGINT)
        self.check(child)

    def test_a_robot_that_ends_is_found(self):
        child = self.start("10m")
        self.wait_for_samples(1)
        robots = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        for pid in robots.read_text().split():
            if b"run\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                subprocess.run(["kill", "-TERM", pid], check=True)
        _, said = child.communicate(timeout=LIMIT)
        self.assertEqual(child.returncode, 1, said)
        self.assertIn("FAILED: the robot has ended", said)


if __name__ == "__main__":
    Run.build = Path(sys.argv.pop()).resolve()
    unittest.main(verbosity=2)
