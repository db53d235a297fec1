#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests how scripts/stress goes on where it was stopped, in a project of its
own whose long parts are stood in for.
usage: stress_script.py SOURCES"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCES = Path(sys.argv.pop(1)) if len(sys.argv) > 1 else Path()

# Notes that it ran, and ends as it is told.
PART = """#!/usr/bin/env bash
echo "$0 $*" >>"{folder}/ran"
exit "$(cat "{folder}/code")"
"""


class StressScript(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rr-stress-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.root = self.folder / "project"
        scripts = self.root / "scripts"
        scripts.mkdir(parents=True)
        for name in ("stress", "common.bash"):
            shutil.copy(SOURCES / "scripts" / name, scripts)
        for name in ("fuzz", "soak", "mutants", "test"):
            part = scripts / name
            part.write_text(PART.format(folder=self.folder))
            part.chmod(0o755)
        (self.root / ".gitignore").write_text("/build/\n")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.end_with(0)

    def end_with(self, code):
        (self.folder / "code").write_text(str(code))

    def stress(self, *words):
        """Its exit code, what it said, and the parts that ran."""
        ran = self.folder / "ran"
        ran.write_text("")
        done = subprocess.run(
            [self.root / "scripts/stress", *words], capture_output=True,
            text=True)
        lines = ran.read_text().splitlines()
        return done.returncode, done.stderr, [
            x.replace(f"{self.root}/scripts/", "").strip() for x in lines]

    def test_what_has_passed_is_not_run_again(self):
        words = ("--only", "soak", "--only=asan")
        code, said, ran = self.stress(*words)
        self.assertEqual((code, ran), (0, ["soak", "test --preset asan"]), said)
        self.assertIn("soak: usually half an hour", said)
        code, said, ran = self.stress(*words)
        self.assertEqual((code, ran), (0, []), said)
        self.assertIn("soak: has passed", said)
        code, said, ran = self.stress("--only=soak", "--again")
        self.assertEqual((code, ran), (0, ["soak"]), said)
        self.assertIn("soak: 0 s the last time", said)

    def test_what_has_failed_is_run_again_and_others_are_not_kept(self):
        self.end_with(7)
        words = ("--only=fuzz", "--only=soak")
        code, said, ran = self.stress(*words)
        self.assertEqual((code, ran), (1, ["fuzz", "soak"]), said)
        self.assertIn("failed: fuzz soak", said)
        self.end_with(0)
        code, said, ran = self.stress(*words)
        self.assertEqual((code, ran), (0, ["fuzz", "soak"]), said)

    def test_a_change_of_the_sources_runs_it_again(self):
        self.stress("--only=mutants")
        (self.root / "more.cpp").write_text("int more;\n")
        self.assertEqual(self.stress("--only=mutants")[2], ["mutants"])
        # The page that a run of the tests writes is none.
        page = self.root / "docs/reliability.md"
        page.parent.mkdir()
        page.write_text("all passed\n")
        self.assertEqual(self.stress("--only=mutants")[2], [])

    def test_a_list_runs_nothing(self):
        code, said, ran = self.stress("--list")
        self.assertEqual((code, ran), (0, []), said)
        for part in ("release", "asan", "tsan", "simulation", "fuzz", "mutants",
                     "coverage", "soak"):
            self.assertIn(f"{part}: usually ", said)

    def test_mistakes_of_its_user(self):
        for words in (["--only=all"], ["--only"], ["--repeat=0"], ["more"]):
            code, said, ran = self.stress(*words)
            self.assertEqual((code, ran), (2, []), said)


if __name__ == "__main__":
    unittest.main()
