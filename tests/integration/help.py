#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the program tells of itself: topics, man pages, the reference in docs/.
usage: help.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from robot_case import LIMIT, RobotCase, run_tests

REFERENCE = Path(__file__).parents[2] / "docs" / "configuration.md"


class Help(unittest.TestCase):
    def help(self, *arguments, code=0):
        # Whatever the configuration is, for it is not read.
        done = subprocess.run(
            [RobotCase.program, "help", *arguments],
            env=os.environ | {"RR_CONFIG_FILE": "/nowhere"},
            capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, code, done.stderr)
        if code == 0:
            self.assertEqual(done.stderr, "")
        return done.stdout if code == 0 else done.stderr

    def test_help_alone_lists_what_there_is(self):
        text = self.help()
        for name in ("run", "init", "process", "exit-codes", "environment"):
            self.assertIn(name, text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80)

    def test_every_topic_tells_of_itself(self):
        words = self.help().split()
        topics = [x for x in words[words.index("Commands") + 1:]
                  if x.islower() and x.isascii() and x.isidentifier()]
        self.assertGreater(len(topics), 20)
        for name in ("exit-codes", "emergency-stop", "configuration"):
            self.assertIn("\n", self.help(name))
        self.assertIn("Usage: robot-runtime estop", self.help("estop"))
        self.assertIn("restart-limit = 5", self.help("process"))
        self.assertIn("robot-runtime help SECTION", self.help("configuration"))

    def test_a_topic_is_both_a_page_and_a_section(self):
        text = self.help("emergency-stop")
        self.assertIn("estop --reset", text)
        self.assertIn("terminate-timeout = 250ms", text)

    def test_an_unknown_topic_is_refused_with_a_suggestion(self):
        self.assertIn(
            'unknown topic "exit-code", did you mean "exit-codes"?',
            self.help("exit-code", code=2))
        for arguments in (["run", "log"], ["--format=man", "run"],
                          ["--format=markdown"], ["--format=html"]):
            text = self.help(*arguments, code=2)
            self.assertEqual(len(text.splitlines()), 1)

    def test_man_pages_are_without_a_fault(self):
        for topic, parts in (
                ([], ["estop", "EXIT STATUS", "RR_CONFIG_FILE"]),
                (["configuration"], ["[process.NAME]", "restart-limit = 5"])):
            page = self.help("--format=man", *topic)
            if not shutil.which("groff"):
                self.skipTest("there is no groff")
            linted = subprocess.run(
                ["groff", "-man", "-ww", "-z", "-Tutf8"], input=page, text=True,
                capture_output=True, timeout=LIMIT)
            self.assertEqual((linted.returncode, linted.stderr), (0, ""))
            if shutil.which("mandoc"):
                strict = subprocess.run(
                    ["mandoc", "-Tlint", "-Wwarning"], input=page, text=True,
                    capture_output=True, timeout=LIMIT)
                # The pages are of a version, and of no date.
                self.assertEqual([x for x in strict.stdout.splitlines()
                                  if "missing date" not in x], [])
            if not shutil.which("man"):
                self.skipTest("there is no man")
            with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
                file.write(page)
                file.flush()
                shown = subprocess.run(
                    ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8",
                     file.name],
                    env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "80",
                                      "MAN_KEEP_FORMATTING": "", "PAGER": "cat",
                                      "GROFF_NO_SGR": "1"},
                    capture_output=True, text=True, timeout=LIMIT)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            for part in parts:
                self.assertIn(part, plain(shown.stdout))

    def test_the_reference_is_not_stale(self):
        self.assertEqual(
            REFERENCE.read_text(), self.help("--format=markdown",
                                             "configuration"),
            "stale: robot-runtime help configuration --format=markdown "
            ">docs/configuration.md")


def plain(text):
    """Without what types a letter twice for a terminal."""
    result = []
    for letter in text:
        if letter == "\b":
            result.pop()
        else:
            result.append(letter)
    return "".join(result)


if __name__ == "__main__":
    run_tests()
