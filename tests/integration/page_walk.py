# SPDX-License-Identifier: BSD-3-Clause
"""Follows a page of docs/, block by block.

In a page

- a block ```sh is run by bash, one after the other, as in one terminal: folder
  and variables stay. It is to end with 0.
- any other block, such as ```console, is not run.
- `<!-- KEY="VALUE" ... -->` on the line before a block says more of it:
  prints="TEXT"      its output has this
  exit="3"           it ends with this code
  background="TEXT"  it runs on, as in another terminal, once it has said TEXT
  ends="255"         once the block has run, what runs on ends with this code
  machine="own"      it changes the machine: only getting_started.py runs it, on
                     one that is made for it
  ignored="WHY"      it is not run, whatever it is
  file="NAME"        it is no command, but the content of that file"""

import re
import subprocess
import threading
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
KEYS = {"prints", "exit", "background", "ends", "machine", "ignored", "file"}
BLOCK = re.compile(
    r"(?:^<!-- (?P<marks>[a-z]+=[^\n]*) -->\n)?"
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# Whatever becomes of a block, the next one goes on where it was.
SHELL = """
trap 'pwd >"$RR_PAGE/folder"; export -p >"$RR_PAGE/variables"' EXIT
set -e
"""
BEGIN = '. "$RR_PAGE/variables"; cd -- "$(cat "$RR_PAGE/folder")"\n'


def blocks_of(text):
    """Kind, text and marks of each block."""
    for block in BLOCK.finditer(text):
        marks = dict(re.findall(r'(\w+)="([^"]*)"', block["marks"] or ""))
        unknown = set(marks) - KEYS
        if unknown:
            raise ValueError(f"unknown marks: {unknown}")
        yield block["kind"], block["text"], marks


class PageWalk:
    """To be mixed into a test that has `spawn`, `end`, and where it walks."""

    own_machine = False
    patience = 80  # seconds for a block, and for what runs on to end
    environment = None
    runs_on = None

    def walk_from(self, home, state):
        """@param state a folder for the walk itself."""
        state.mkdir()
        (state / "folder").write_text(f"{home}\n")
        (state / "variables").write_text("")
        self.state = state

    def bash(self, text):
        # What is waited for in the end is bash, or what it becomes.
        return ["bash", "--norc", "-c", BEGIN + text]

    def run_block(self, text, marks):
        done = subprocess.run(
            self.bash(SHELL + text), env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=self.patience)
        self.assertEqual(str(done.returncode), marks.get("exit", "0"),
                         f"{text}{done.stdout}")
        self.assertIn(marks.get("prints", ""), done.stdout, text)

    def run_in_background(self, text, awaited):
        lines = text.splitlines()
        lines[-1] = f"exec {lines[-1]}"
        child = self.spawn(self.bash("\n".join(lines)),
                           stderr=subprocess.STDOUT)
        said = []
        for line in child.stdout:
            said.append(line)
            if awaited in line:
                break
        else:
            self.fail(f"{text}did not say {awaited!r}: {''.join(said)}")
        # So that it is never held up.
        reader = threading.Thread(target=lambda: list(child.stdout))
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(self.end, child)
        return child

    def take(self, kind, text, marks):
        if "ignored" in marks or ("machine" in marks and not self.own_machine):
            return
        if "file" in marks:
            folder = Path((self.state / "folder").read_text().strip())
            (folder / marks["file"]).write_text(text)
        elif kind != "sh":
            self.assertEqual(marks, {}, text)
        elif "background" in marks:
            self.runs_on = self.run_in_background(text, marks["background"])
        else:
            self.run_block(text, marks)
        if "ends" in marks:
            self.assertEqual(str(self.runs_on.wait(self.patience)),
                             marks["ends"], text)

    def run_page(self, name):
        count = 0
        for kind, text, marks in blocks_of((DOCS / name).read_text()):
            self.take(kind, text, marks)
            count += kind == "sh"
        self.assertGreater(count, 0, "the page has no command")
