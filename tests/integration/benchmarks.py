#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""That every benchmark is one of `scripts/bench`, with the options that all
have, and that a limit that is missed is told by the exit code.

usage: benchmarks.py SOURCE-DIRECTORY"""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

root = Path(sys.argv.pop())
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "bench"))

import figures
import page
from figures import Figure

LIMIT = {"x": Figure("us", "<= 5")}


def run(*arguments, parts):
    """The exit code, and what was printed."""
    with tempfile.TemporaryDirectory() as build:
        (Path(build) / "bin").mkdir()
        output = io.StringIO()
        with (
            mock.patch.object(
                sys, "argv", ["bench", "--build", build, *arguments]),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            try:
                code = figures.benchmark("", parts)
            except SystemExit as end:
                code = end.code
        return code, output.getvalue()


def part(value, figure=LIMIT["x"]):
    return (
        lambda options, table: table.rows(
            figures.alternate(options.rounds, lambda who: {"x": value(who)}),
            {"x": figure}),
        3,
    )


class Scripts(unittest.TestCase):
    def test_each_is_run_by_the_script_and_told_in_the_readme(self):
        script = root / "scripts" / "bench"
        told = subprocess.check_output([script, "--help"], text=True)
        readme = (root / "bench" / "README.md").read_text()
        files = sorted((root / "bench").glob("*/bench_*.py"))
        self.assertGreaterEqual(len(files), 8)
        for file in files:
            name = file.stem.removeprefix("bench_")
            self.assertIn(name, told.splitlines()[-1].split())
            self.assertIn(f"| `{name}` |", readme)
            own = subprocess.check_output([script, name, "--help"], text=True)
            for option in ("--build", "--rounds", "--lenient", "FIGURE"):
                self.assertIn(option, own, name)
            self.assertIn(file.name, own)

    def test_an_unknown_one_is_a_mistake(self):
        done = subprocess.run([root / "scripts" / "bench", "boilers"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no such benchmark", done.stderr)


class Figures(unittest.TestCase):
    def test_a_missed_limit_makes_the_exit_code(self):
        self.assertEqual(run(parts={"a": part(lambda _: 5)})[0], 0)
        code, table = run(parts={"a": part(lambda _: 6)})
        self.assertEqual(code, 1)
        self.assertIn("MISSED", table)

    def test_leniently_only_exact_limits_count(self):
        slow = {"a": part(lambda _: 6)}
        self.assertEqual(run("--lenient", parts=slow)[0], 0)
        wrong = {"a": part(lambda _: 6, Figure("", "<= 5", max, exact=True))}
        self.assertEqual(run("--lenient", parts=wrong)[0], 1)

    def test_data_that_is_not_whole_makes_no_figure(self):
        def fail(options, table):
            raise figures.BenchmarkError("a child is missing")

        code, output = run(parts={"a": (fail, 1)})
        self.assertEqual(code, 1)
        self.assertIn("a child is missing", output)

    def test_only_the_wanted_parts_run_so_many_rounds(self):
        seen = []
        parts = {name: part(lambda who, name=name: seen.append(name) or 1)
                 for name in "ab"}
        run("b", "--rounds", "2", parts=parts)
        self.assertEqual(seen, ["b"] * 6)
        self.assertEqual(run("c", parts=parts)[0], 2)

    def test_the_order_rotates(self):
        order = []
        figures.alternate(2, lambda who: order.append(who) or {})
        self.assertEqual(order, ["floor", "ours", "floor again",
                                 "ours", "floor again", "floor"])

    def row(self, figure, **values):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            table = figures.Table()
            table.row("x", figure,
                      {name.replace("_", " "): list(each)
                       for name, each in values.items()})
        return output.getvalue(), table.missed

    def test_a_ratio_is_of_each_round_and_its_two_floors(self):
        # The machine halves its speed in each round.
        told, missed = self.row(
            Figure("us", "<= 2 x"), floor=(10, 20, 40), ours=(20, 40, 80),
            floor_again=(10, 20, 40))
        self.assertIn("2.000", told)
        self.assertEqual(missed, 0)
        told, missed = self.row(
            Figure("/s", ">= 0.95 x"), floor=(90, 90, 90), ours=(90, 90, 90),
            floor_again=(110, 110, 110))
        self.assertIn("0.900", told)
        self.assertIn("1.22 (1.22 to 1.22)", told)
        self.assertEqual(missed, 1)

    def test_another_statistic_is_of_all_rounds(self):
        told, missed = self.row(
            Figure("us", "<= 2 x", max), floor=(1, 10), ours=(30, 1),
            floor_again=(1, 1))
        self.assertIn("3.000", told)
        self.assertEqual(missed, 1)

    def test_without_a_floor_or_at_its_zero_there_is_no_ratio(self):
        self.assertEqual(self.row(Figure("us", "<= 5"), ours=[5])[1], 0)
        told, missed = self.row(
            Figure("/s", "<= 2 x"), floor=[0], ours=[1], floor_again=[0])
        self.assertEqual(missed, 1)
        self.assertNotIn("to", told)


def grown(options, table):
    for size in (1, 10, 100):
        table.rows(
            figures.alternate(
                1, lambda who: {"time": size * (2 if who == "ours" else 1)}),
            {"time": Figure("ms", "<= 1 x")}, f"{size}:", size)


class Page(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.docs = Path(folder.name)
        self.records = self.docs / "benchmarks.json"

    def measure(self, *names, **parts):
        run(*names, "--record", str(self.records),
            parts={name: (what, 1) for name, what in parts.items()})

    def test_each_part_is_recorded_until_it_is_measured_again(self):
        self.measure(a=part(lambda _: 5)[0], b=part(lambda _: 5)[0])
        self.measure("b", a=part(lambda _: 5)[0], b=part(lambda _: 6)[0])
        told = json.loads(self.records.read_text())["bench"]
        self.assertEqual([told[x]["rows"][0]["ours"] for x in "ab"], [5, 6])
        self.assertEqual([len(told[x]["rows"]) for x in "ab"], [1, 1])
        self.assertEqual(told["b"]["rows"][0]["verdict"], "MISSED")
        for key in ("commit", "date", "machine"):
            self.assertTrue(told["a"][key], key)

    def test_what_could_not_be_measured_is_not_recorded(self):
        def fail(options, table):
            raise figures.BenchmarkError("a child is missing")

        self.measure(a=part(lambda _: 5)[0], b=fail)
        self.assertEqual(
            list(json.loads(self.records.read_text())["bench"]), ["a"])

    def test_the_page_has_each_figure_its_limit_and_how_it_grows(self):
        self.measure(plain=part(lambda _: 6)[0], pipes=grown)
        page.write(self.records, self.docs)
        text = (self.docs / "benchmarks.md").read_text()
        self.assertIn("| x [us] | 6 | 6 | 1 |", text)
        self.assertIn("<= 5: MISSED", text)
        self.assertIn("| 100: time [ms] | 100 | 200 | 2 |", text)
        self.assertIn("(benchmarks/bench-pipes.svg)", text)
        self.assertNotIn("bench-plain.svg", text)
        root = ElementTree.parse(self.docs / "benchmarks" / "bench-pipes.svg")
        texts = [x.text for x in
                 root.iter("{http://www.w3.org/2000/svg}text")]
        for expected in ("time [ms]", "pipes", "floor", "ours", "10", "100"):
            self.assertIn(expected, texts)
        lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
        self.assertEqual(len(lines), 2)


if __name__ == "__main__":
    unittest.main()
