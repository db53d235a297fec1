#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: each of its actors hangs.
usage: hanging.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import time

from fault_case import run_faults  # first: it knows the other folder

from actors_case import ActorsCase, add_rows
from runtime_case import named


class Hanging(ActorsCase):
    def hangs(self, actor):
        """An orderly stop, then an emergency."""
        for code in (1, 255):
            self.clear()
            (self.folder / "faults.hangs").unlink(missing_ok=True)
            robot = self.faulty()
            self.befall("hangs", actor)
            self.wait_until((self.folder / "faults.hangs").exists)
            begin = time.monotonic()
            if code == 1:
                robot.terminate()
            else:
                (self.folder / "go").touch()
            events = self.ends(robot, code)
            took = time.monotonic() - begin
            # What hangs may be what asks children to end.
            if code == 255:
                self.assertTrue((self.folder / "terminated").exists())
                self.assertTrue((self.folder / "state/latch.json").exists())
                self.saw(f"emergency: {code} after {took:.1f} s, signalled in "
                         f"{self.latency_of(events)} us")
            else:
                self.saw(f"SIGTERM: {code} after {took:.1f} s, "
                         f"{self.names_it(events, actor)}")

    def latency_of(self, events):
        told = named(events, "Received emergency stop")
        return told[0]["signal_latency_us"] if told else "?"


add_rows(Hanging, "hangs", "a handler of the actor {} never returns",
         "a stop in order names it and ends with 1; an emergency signals "
         "children as ever, is latched, and ends with 255", Hanging.hangs)

if __name__ == "__main__":
    run_faults()
