#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the commands of the pages in docs/, each page in a folder of its own,
with its sockets in that folder.
usage: pages.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE

In a page

- a block ```sh is run by bash, one after the other, as in one terminal: folder
  and variables stay. It is to end with 0.
- any other block, such as ```console, is not run.
- `<!-- KEY="VALUE" ... -->` on the line before a block says more of it:
  prints="TEXT"      its output has this
  exit="3"           it ends with this code
  background="TEXT"  it runs on, as in another terminal, once it has said TEXT
  ends="255"         once the block has run, what runs on ends with this code
  ignored="WHY"      it is not run, whatever it is
  file="NAME"        it is no command, but the content of that file"""

import os
import re
import shutil
import subprocess
import sys
import threading
import unittest
from importlib.util import find_spec
from pathlib import Path

from robot_case import LIMIT, RobotCase, free_port, run_tests

DOCS = Path(__file__).parents[2] / "docs"
KEYS = {"prints", "exit", "background", "ends", "ignored", "file"}
BLOCK = re.compile(
    r"(?:^<!-- (?P<marks>[a-z]+=[^\n]*) -->\n)?"
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCES = Path(__file__).parents[2]
# Whatever becomes of a block, the next one goes on where it was.
SHELL = """
trap 'pwd >"$RR_PAGE/folder"; export -p >"$RR_PAGE/variables"' EXIT
set -e
"""


def blocks_of(text):
    """Kind, text and marks of each block."""
    for block in BLOCK.finditer(text):
        marks = dict(re.findall(r'(\w+)="([^"]*)"', block["marks"] or ""))
        unknown = set(marks) - KEYS
        if unknown:
            raise ValueError(f"unknown marks: {unknown}")
        yield block["kind"], block["text"], marks


def told_texts(page):
    """What a page says that messages are, in its tables, in pieces without what
    differs from one to the next."""
    for line in page.splitlines():
        if not line.startswith("| `"):
            continue
        for text in re.findall(r"`([^`]+)`", line.split(" | ")[0]):
            yield text, max(re.split(r"\b[A-Z]{2,}\b", text), key=len).strip()


def source_text():
    """All that the program may say, each text in one piece."""
    files = sorted(x for layer in ("messages", "bridges", "actors", "app")
                   for x in (SOURCES / layer).rglob("*.[ch]*"))
    text = "\n".join(x.read_text() for x in files if x.is_file())
    return re.sub(r'"\s*"', "", text)


def may_say(said, piece):
    """Whether the text stands there, whole or as two that are put together."""
    return piece in said or any(
        len(piece) <= 2 * max(i, len(piece) - i)
        and piece[:i] in said and piece[i:] in said
        for i in range(2, len(piece) - 1))


class Pages(RobotCase):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "home"
        self.home.mkdir()
        state = self.folder / "page"
        state.mkdir()
        (state / "folder").write_text(f"{self.home}\n")
        (state / "variables").write_text("")
        self.environment |= {
            "HOME": str(self.home),
            "PATH": f"{Path(self.program).parent}:{os.environ['PATH']}",
            "PYTHONPATH": sys.path[0],
            "RR_PAGE": str(state),
            "RR_APPLICATION_RUNTIME_DIRECTORY": f"{self.folder}/run",
            "RR_APPLICATION_STATE_DIRECTORY": f"{self.folder}/state",
            "RR_ROUTER_FRONTEND": "ipc://RUNTIME/rpc.sock",
            "RR_LOG_FRONTEND": "ipc://RUNTIME/log-front.sock",
            "RR_CONTROL_ADDRESS": f"udp://127.0.0.1:{self.port}",
            "RR_UPDATE_ADDRESS": f"udp://224.1.1.1:{self.group_port}",
            "RR_DEVICE_PREFIX": self.prefix,
            "RR_WEB_ADDRESS": f"http://127.0.0.1:{free_port()}",
        }
        self.runs_on = None

    def bash(self, text):
        # What is waited for in the end is bash, or what it becomes.
        begin = ('. "$RR_PAGE/variables"; cd -- "$(cat "$RR_PAGE/folder")"\n')
        return ["bash", "--norc", "-c", begin + text]

    def run_block(self, text, marks):
        done = subprocess.run(
            self.bash(SHELL + text), env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=4 * LIMIT)
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
        if "ignored" in marks:
            return
        if "file" in marks:
            folder = Path((self.folder / "page" / "folder").read_text().strip())
            (folder / marks["file"]).write_text(text)
        elif kind != "sh":
            self.assertEqual(marks, {}, text)
        elif "background" in marks:
            self.runs_on = self.run_in_background(text, marks["background"])
        else:
            self.run_block(text, marks)
        if "ends" in marks:
            self.assertEqual(str(self.runs_on.wait(LIMIT)), marks["ends"], text)

    def run_page(self, name):
        count = 0
        for kind, text, marks in blocks_of((DOCS / name).read_text()):
            self.take(kind, text, marks)
            count += kind == "sh"
        self.assertGreater(count, 0, "the page has no command")

    @unittest.skipUnless(shutil.which("make") and shutil.which("g++"),
                         "there is no compiler")
    def test_getting_started(self):
        self.run_page("getting-started.md")

    def test_emergency_stop(self):
        self.run_page("emergency-stop.md")

    @unittest.skipUnless(all(find_spec(x) for x in ("zmq", "cbor2",
                                                    "websocket")),
                         "pyzmq, cbor2 or websocket is not there")
    def test_protocol(self):
        self.run_page("protocol.md")

    def test_troubleshooting(self):
        self.run_page("troubleshooting.md")

    def test_messages_of_troubleshooting_are_the_program_s(self):
        said = source_text()
        told = list(told_texts((DOCS / "troubleshooting.md").read_text()))
        self.assertGreater(len(told), 30)
        self.assertFalse(may_say(said, "no such text is in the sources"))
        for text, piece in told:
            if not text.startswith("ModuleNotFoundError"):
                self.assertTrue(may_say(said, piece), f"nothing says {text!r}")

    def test_coming_from(self):
        self.run_page("coming-from.md")

    def test_catalog(self):
        self.run_page("catalog.md")

    def test_every_page_with_commands_is_run(self):
        source = Path(__file__).read_text()
        for page in DOCS.glob("*.md"):
            if any(kind == "sh" and "ignored" not in marks
                   for kind, _, marks in blocks_of(page.read_text())):
                self.assertIn(f'self.run_page("{page.name}")', source)

    def test_a_block_that_fails_is_found(self):
        for block in ("false\n", "cd /nowhere\n"):
            with self.assertRaises(AssertionError):
                self.take("sh", block, {})
        with self.assertRaises(AssertionError):
            self.take("sh", "echo this\n", {"prints": "that"})
        with self.assertRaises(AssertionError):
            self.take("sh", "true\n", {"exit": "3"})
        with self.assertRaises(ValueError):
            list(blocks_of('<!-- prins="x" -->\n```sh\ntrue\n```\n'))

    def test_folder_and_variables_stay(self):
        for block in ("mkdir a\ncd a\nexport X='y z'\n",
                      '[[ $PWD == */a && $X == "y z" ]]\n'):
            self.take("sh", block, {})


if __name__ == "__main__":
    run_tests()
