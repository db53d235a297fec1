#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the commands of the pages in docs/, each page in a folder of its own,
with its sockets in that folder.
usage: pages.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import os
import re
import shutil
import sys
import unittest
from importlib.util import find_spec
from pathlib import Path

from page_walk import DOCS, PageWalk, blocks_of
from robot_case import RobotCase, run_tests

SOURCES = Path(__file__).parents[2]


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


class Pages(PageWalk, RobotCase):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "home"
        self.home.mkdir()
        self.walk_from(self.home, self.folder / "page")
        self.environment |= {
            "HOME": str(self.home),
            "PATH": f"{Path(self.program).parent}:{os.environ['PATH']}",
            "PYTHONPATH": sys.path[0],
            "RR_PAGE": str(self.state),
            "RR_APPLICATION_RUNTIME_DIRECTORY": f"{self.folder}/run",
            "RR_APPLICATION_STATE_DIRECTORY": f"{self.folder}/state",
            "RR_ROUTER_FRONTEND": "ipc://RUNTIME/rpc.sock",
            "RR_LOG_FRONTEND": "ipc://RUNTIME/log-front.sock",
            "RR_CONTROL_ADDRESS": f"udp://127.0.0.1:{self.port}",
            "RR_UPDATE_ADDRESS": f"udp://224.1.1.1:{self.group_port}",
            "RR_DEVICE_PREFIX": self.prefix,
        }

    @unittest.skipUnless(shutil.which("make") and shutil.which("g++"),
                         "there is no compiler")
    def test_getting_started(self):
        self.run_page("getting-started.md")

    def test_emergency_stop(self):
        self.run_page("emergency-stop.md")

    @unittest.skipUnless(find_spec("zmq") and find_spec("cbor2"),
                         "pyzmq or cbor2 is not there")
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
