#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""That scripts/tidy reads again only what has changed, and hides no finding; with
programs in the place of ninja and clang-tidy.
usage: tidy_script.py SOURCE-DIRECTORY"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(sys.argv.pop())
NINJA = """#!/bin/sh
for name in a b; do
  echo "$name.o: #deps 2, deps mtime 1 (VALID)"
  echo "    ../$name.cpp"
  echo "    ../shared.hpp"
  echo
done
"""
# Finds what a file says that it is to find; each look is a line.
CLANG_TIDY = """#!/bin/sh
[ "$1" = --version ] && exit
for file; do :; done
echo "$file" >>"$LOOKS"
echo "12 warnings generated." >&2
if grep '^error' "$file"; then exit 1; fi
case $(cat "$file") in killed) kill -9 $$ ;; esac
"""


class TidyScript(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rr-tidy-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        for name in ("scripts", "build", "bin"):
            (self.root / name).mkdir()
        shutil.copy(SOURCE / "scripts" / "tidy", self.root / "scripts")
        for name, text in (("ninja", NINJA), ("clang-tidy", CLANG_TIDY)):
            (self.root / "bin" / name).write_text(text)
            (self.root / "bin" / name).chmod(0o755)
        for name in (".clang-tidy", "a.cpp", "b.cpp", "shared.hpp"):
            (self.root / name).write_text("fine\n")
        (self.root / "build" / "compile_commands.json").write_text(json.dumps([
            {"directory": str(self.root / "build"), "file": str(self.root / name),
             "command": f"c++ -o {name[0]}.o -c {name}"}
            for name in ("a.cpp", "b.cpp")]))

    def run_script(self, code=0):
        """What was looked at, and what was found."""
        looks = self.root / "looks"
        looks.write_text("")
        done = subprocess.run(
            [self.root / "scripts" / "tidy", self.root / "build"], text=True,
            capture_output=True, timeout=60,
            env=os.environ | {
                "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                "LOOKS": str(looks)})
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return (sorted(Path(x).name for x in looks.read_text().split()),
                done.stdout)

    def test_only_what_has_changed_is_read_again(self):
        self.assertEqual(self.run_script(), (["a.cpp", "b.cpp"], ""))
        self.assertEqual(self.run_script(), ([], ""))
        (self.root / "a.cpp").write_text("other\n")
        self.assertEqual(self.run_script(), (["a.cpp"], ""))
        for name in ("shared.hpp", ".clang-tidy"):
            (self.root / name).write_text("other\n")
            self.assertEqual(self.run_script(), (["a.cpp", "b.cpp"], ""))

    def test_a_finding_is_told_until_it_is_mended(self):
        (self.root / "b.cpp").write_text("error: bad\n")
        self.assertEqual(self.run_script(1), (["a.cpp", "b.cpp"], "error: bad\n"))
        self.assertEqual(self.run_script(1), ([], "error: bad\n"))
        (self.root / "b.cpp").write_text("fine\n")
        self.assertEqual(self.run_script(), (["b.cpp"], ""))

    def test_one_that_was_ended_has_seen_nothing(self):
        (self.root / "b.cpp").write_text("killed\n")
        for _ in range(2):
            looks, found = self.run_script(1)
            self.assertIn("b.cpp", looks)
            self.assertIn("has not ended well", found)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
