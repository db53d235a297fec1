#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: its black box cannot be written, its memory is
another's to spoil, and the journal is gone.
usage: black_boxes.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import os
import socket
import time

from fault_case import fault, run_faults  # first: it knows the other folder

import surroundings
from black_box_case import BlackBoxCase
from disks import disk, filled
from journal import UNDER_SYSTEMD, fields_of
from robot_case import LIMIT
from runtime_case import RuntimeFault, named, own_mounts

TALKER = '["sh","-c","while :; do echo so it goes; sleep 0.01; done"]'
FLOOD = '["sh","-c","yes so it goes"]'


class BlackBoxes(RuntimeFault, BlackBoxCase):
    def again(self, robot, code=255):
        """Its end, and the next one's start, which has no such trouble.
        @returns the events of the first, and the file of the second."""
        events = self.ended(robot, code)
        self.nothing_is_left()
        for name in ("go", "ready", "terminated"):
            (self.folder / name).unlink(missing_ok=True)
        self.assertEqual(self.names(), [])
        next_one = self.launch([])
        self.wait_for("*-emergency-stop.mcap")
        found = self.kept("emergency-stop")
        self.stops_in_order(next_one)
        return events, found

    def is_of_it(self, found):
        self.assertEqual(found.about["cause"],
                         "process battery exited with code 255")

    def cannot_be_written(self, trouble, why):
        if not surroundings.can(own_mounts("mount -t tmpfs none /mnt")):
            self.skipTest("nothing can be mounted here")
        state = self.folder / "state"
        state.mkdir(0o700)
        robot = self.launch(own_mounts(disk(state)))
        self.within(robot, trouble(state))
        (self.folder / "go").touch()
        events, found = self.again(robot)
        told, = named(events, "Black box not written")
        self.assertIn(why, told["error"])
        self.is_of_it(found)
        self.saw(f"{told['error'].rpartition(': ')[2]}; signalled in "
                 f"{self.latency(events)} us; the next start wrote the file")

    @fault("the disk of its black boxes is full at an emergency",
           "told, and nothing waits for it; the next start writes the file")
    def test_a_full_disk(self):
        self.cannot_be_written(filled, "no space left")

    @fault("the disk of its black boxes is read-only at an emergency",
           "told, and nothing waits for it; the next start writes the file")
    def test_a_read_only_disk(self):
        self.cannot_be_written(
            lambda state: f"mount -o remount,ro {state}", "read-only")

    @fault("the memory of its black box is cut short while it runs",
           "it goes on with an empty one: an emergency ends with 255, and its "
           "file has what came since")
    def test_a_memory_that_is_cut_short(self):
        robot = self.launch([], f"--process.lamp.command={TALKER}")
        self.wait_until(lambda: self.holds("so it goes"))
        for size in (0, 20, 4096 + 50):
            os.truncate(self.memory, size)
            self.wait_until(lambda: self.holds("so it goes"))
        events = self.stops_in_emergency(robot)
        found = self.kept("emergency-stop")
        self.is_of_it(found)
        self.assertTrue([x for x in found.texts()
                         if x.startswith("Received emergency stop")])
        self.saw(f"signalled in {self.latency(events)} us; a file of "
                 "what came since")

    @fault("the memory of its black box is removed while it runs",
           "told that there is no file; an emergency ends with 255")
    def test_a_memory_that_is_removed(self):
        robot = self.launch([])
        self.wait_until(self.memory.exists)
        self.memory.unlink()
        events = self.stops_in_emergency(robot)
        told, = named(events, "Black box not written")
        self.assertIn(str(self.memory), told["error"])
        self.assertEqual(self.names(), [])
        self.saw(f"{told['error']}; signalled in {self.latency(events)} us")

    @fault("the runtime is killed while it writes the file of an emergency",
           "no child is left, and no half of a file with its name; the next "
           "start writes all of it")
    def test_a_runtime_that_is_killed_as_it_writes(self):
        robot = self.launch([], f"--process.lamp.command={FLOOD}")
        # Enough that it takes its time.
        self.wait_until(
            lambda: self.memory.exists()
            and self.memory.stat().st_size > 4 << 20)

        def is_being_written():
            return list(self.records.glob("*.part"))

        (self.folder / "go").touch()
        end = time.monotonic() + LIMIT
        while not is_being_written():
            self.assertLess(time.monotonic(), end)
        robot.kill()
        size = is_being_written()[0].stat().st_size
        robot.communicate(timeout=LIMIT)
        self.nothing_is_left()
        self.assertEqual(list(self.records.glob("*.mcap")), [])
        for name in ("go", "ready", "terminated"):
            (self.folder / name).unlink(missing_ok=True)
        next_one = self.launch([])
        self.wait_for("*.mcap")
        found = self.kept("emergency-stop")
        self.is_of_it(found)
        self.stops_in_order(next_one)
        self.saw(f"killed after {size} bytes; the next start wrote "
                 f"{len(found.messages)} messages")


class Journal(RuntimeFault):
    def listen(self):
        path = self.folder / "journal" / "socket"
        path.unlink(missing_ok=True)
        result = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        result.bind(str(path))
        result.settimeout(LIMIT)
        return result

    def is_held(self):
        return any("journal" in x["what"] for x in self.status()["held_by"])

    @fault("the socket of systemd's journal is gone, there again, and gone",
           "it holds the robot, and what was lost is counted once it is back; "
           "nothing waits for it: an emergency ends with 255")
    def test_a_journal_that_is_gone(self):
        if not surroundings.can(own_mounts("mount -t tmpfs none /mnt")):
            self.skipTest("nothing can be mounted here")
        (self.folder / "journal").mkdir()
        journal = self.listen()
        robot = self.launch(
            ["unshare", "--mount", "sh", "-c", UNDER_SYSTEMD, "sh",
             str(self.folder / "journal")],
            f"--process.lamp.command={TALKER}", "--health.interval=20ms")
        journal.recv(1 << 20)
        journal.close()
        self.wait_until(self.is_held)
        journal = self.listen()
        count = 0
        while not count:
            entry = fields_of(journal.recv(1 << 20))
            if entry["RR_EVENT"] == "Log events dropped":
                count = int(entry["RR_COUNT"])
        self.wait_until(lambda: not self.is_held())
        journal.close()
        (self.folder / "journal" / "socket").unlink()
        self.wait_until(self.is_held)
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        latch = self.run_command("explain")
        self.assertIn("battery", latch.stdout)
        self.saw(f"held by it while it was gone, {count} events counted; exit "
                 "code 255, latched")


if __name__ == "__main__":
    run_faults()
