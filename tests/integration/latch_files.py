# SPDX-License-Identifier: BSD-3-Clause
"""A latch that is torn, or no file of ours, holds a robot as any other does; on
a disk that takes none no robot starts."""

import json
import os

from latch_case import LatchCase, process, shell
from robot_case import LIMIT, run_tests


class LatchFiles(LatchCase):
    # -- latches that are none -------------------------------------------------

    def test_a_latch_torn_at_whatever_byte_is_one(self):
        self.stop_it()
        whole = self.latch.read_bytes()
        for size in range(len(whole)):
            self.latch.write_bytes(whole[:size])
            line = self.refused()
            if size + 1 < len(whole):
                self.assertIn("nobody knows which", line)
        self.reset()
        self.starts()

    def test_whatever_goes_by_the_name_of_a_latch_is_one(self):
        self.state.mkdir(0o700)

        def directory():
            self.latch.mkdir()

        def fifo():
            os.mkfifo(self.latch)

        def link():
            self.latch.symlink_to("nowhere")

        def large():
            self.latch.write_bytes(b"x" * 100_000)

        def hostile():
            self.latch.write_text(json.dumps({
                "time": "\x1b[2J", "cause": "a\nb", "exit_code": 255,
                "user": "\u202e"}))

        for make in (fifo, link, large, hostile, directory):
            with self.subTest(make.__name__):
                make()
                line = self.refused()
                self.assertTrue(line.isprintable(), line)
                if make is directory:
                    done = self.run_command("estop", "--reset")
                    self.assertEqual(done.returncode, 1)
                    self.assertIn("the stop stays latched", done.stderr)
                    self.refused()
                    self.latch.rmdir()
                else:
                    self.reset()
                self.starts()

    # -- disks -----------------------------------------------------------------

    def in_a_room_of_its_own(self, mount, *words):
        """Runs the program where the state directory is another file system."""
        line = f"{mount} && exec \"$@\""
        done = self.spawn(
            ["unshare", "-m", "sh", "-c", line, "sh", *self.command(*words)])
        out, err = done.communicate(timeout=LIMIT)
        if "unshare" in err or "mount:" in err:
            self.skipTest(err)
        return done.returncode, out, err

    def full(self, more=""):
        return (f"mount -t tmpfs -o size=64k,mode=700 none {self.state} && "
                f"{more} {{ head -c 1M /dev/zero > {self.state}/fill; :; }} "
                "2>/dev/null")

    def read_only(self):
        return (f"mount --bind {self.state} {self.state} && "
                f"mount -o remount,bind,ro {self.state}")

    def test_no_robot_starts_where_a_stop_could_not_be_latched(self):
        self.state.mkdir(0o700)
        for mount in (self.full(), self.read_only()):
            code, out, err = self.in_a_room_of_its_own(mount, "run")
            self.assertEqual(code, 1, err)
            self.assertIn("an emergency stop could not be latched", err)
            self.assertIn(str(self.state), err)
            code, out, err = self.in_a_room_of_its_own(
                mount, "run", "--emergency-stop.latch=false",
                *process("end", '["true"]', "on-success=stop"))
            self.assertEqual(code, 0, err)
            told = [x for x in self.events_of(out)
                    if x["event"] == "State directory cannot be used"]
            self.assertEqual(len(told), 1)

    def test_no_robot_starts_without_a_state_directory(self):
        self.state.write_text("")
        code, _, err = self.run_until_it_ends()
        self.assertEqual(code, 1)
        self.assertIn(str(self.state), err)

    def test_a_latch_that_cannot_be_written_is_told_and_the_robot_stops(self):
        self.state.mkdir(0o700)
        fill = shell(f"head -c 1M /dev/zero > {self.state}/fill; exit 255")
        code, out, err = self.in_a_room_of_its_own(
            f"mount -t tmpfs -o size=64k,mode=700 none {self.state}", "run",
            *process("hot", fill))
        self.assertEqual(code, 255, err)
        # The records cannot be written, either.
        told = [x for x in self.events_of(out)
                if x["event"] == "Unhandled error" and x["actor"] == "latch"]
        self.assertEqual(len(told), 1)
        self.assertIn("No space left".lower(), told[0]["error"].lower())
        self.assertIn("Robot held", [x["event"] for x in self.events_of(out)])

    def test_a_reset_that_cannot_be_written_resets_nothing(self):
        self.stop_it()
        code, _, err = self.in_a_room_of_its_own(
            self.read_only(), "estop", "--reset")
        self.assertEqual(code, 1)
        self.assertIn("the stop stays latched", err)
        self.refused()
        self.reset()


if __name__ == "__main__":
    run_tests()
