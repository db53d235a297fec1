# SPDX-License-Identifier: BSD-3-Clause
"""The runtime under a systemd that is none: its standard output is connected to
the journal, by a variable and a socket of the test."""

import json
import os
import shutil
import socket
import struct

from robot_case import LIMIT, RobotCase, run_tests

# Where no other program's journal is; $$ is the shell itself, whose standard
# output the runtime will have.
UNDER_SYSTEMD = """
mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
mount --bind "$1" /run/systemd/journal && shift &&
JOURNAL_STREAM=$(stat -L -c %d:%i "/proc/$$/fd/1") && export JOURNAL_STREAM &&
exec "$@"
"""


def fields_of(entry: bytes) -> dict:
    """The native protocol's, read as its specification says."""
    result = {}
    while entry:
        line, _, entry = entry.partition(b"\n")
        name, is_text, value = line.partition(b"=")
        if not is_text:
            (size,) = struct.unpack("<Q", entry[:8])
            value, entry = entry[8 : 8 + size], entry[9 + size :]
        result[name.decode()] = value.decode()
    return result


class Journal(RobotCase):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            self.skipTest("needs root and unshare")
        self.place = self.folder / "journal"
        self.place.mkdir()
        self.seen = []

    def listen(self):
        result = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        result.bind(str(self.place / "socket"))
        result.settimeout(LIMIT)
        self.addCleanup(result.close)
        return result

    def start_under_systemd(self, *arguments):
        return self.spawn(
            ["unshare", "-m", "sh", "-c", UNDER_SYSTEMD, "sh", str(self.place),
             *self.command("run", *arguments)])

    def entry(self, journal, **wanted):
        """The first such entry: a child's line may come before its start."""
        for entry in self.seen:
            if entry.items() >= wanted.items():
                return entry
        while True:
            entry = fields_of(journal.recv(1 << 20))
            self.seen.append(entry)
            if entry.items() >= wanted.items():
                return entry

    def test_events_are_in_the_journal_and_not_on_standard_output(self):
        journal = self.listen()
        robot = self.start_under_systemd(
            '--process.arm.command=["/bin/sh", "-c", "echo turning; sleep 1000"]')
        entry = self.entry(journal, RR_EVENT="Log publisher configured")
        self.assertEqual(entry["RR_FORMAT"], "journal")
        entry = self.entry(journal, RR_EVENT="Process started")
        self.assertEqual(entry["RR_PROCESS"], "arm")
        self.assertEqual(entry["SYSLOG_IDENTIFIER"], "arm")
        self.assertEqual(entry["PRIORITY"], "6")
        self.assertTrue(entry["RR_PID"].isdigit())
        self.assertIn("pid=" + entry["RR_PID"], entry["MESSAGE"])
        entry = self.entry(journal, RR_STREAM="stdout")
        self.assertEqual(entry["MESSAGE"], "turning")
        robot.terminate()
        entry = self.entry(journal, RR_EVENT="Application is exiting")
        self.assertEqual(entry["RR_EXIT_CODE"], "0")
        self.assertEqual(robot.wait(LIMIT), 0)
        self.assertEqual(robot.stdout.read(), "")

    def test_what_was_asked_for_by_name_is_on_standard_output(self):
        journal = self.listen()
        robot = self.start_under_systemd("--log.format=json")
        self.assertEqual(json.loads(robot.stdout.readline())["app"], "robot")
        robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 0)
        journal.setblocking(False)
        with self.assertRaises(BlockingIOError):
            journal.recv(1)

    def test_without_a_journal_events_are_on_standard_output(self):
        robot = self.start_under_systemd()
        self.assertEqual(json.loads(robot.stdout.readline())["app"], "robot")

    def test_a_journal_that_reads_nothing_delays_no_stop(self):
        self.listen()
        robot = self.start_under_systemd(
            '--process.arm.command=["/bin/sh", "-c", "yes"]')
        self.wait_until(
            lambda: self.run_command("status").returncode == 0
            and self.dropped() > 0)
        self.assertEqual(self.run_command("estop").returncode, 0)
        self.assertEqual(robot.wait(LIMIT), 255)

    def dropped(self):
        """What `status` says that holds the robot: the journal loses events."""
        status = self.run_command("status", "--format=json")
        held = json.loads(status.stdout)["held_by"]
        return sum("journal" in each["what"] for each in held)


if __name__ == "__main__":
    run_tests()
