#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The example robot's programs, each on its own, as a supervisor would run
them. usage: examples.py FOLDER-OF-BUILT-EXAMPLES"""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIMIT = 20  # seconds that no wait here comes near, unless something is wrong


class Examples(unittest.TestCase):
    built: Path

    def start(self, *command, **environment) -> subprocess.Popen:
        child = subprocess.Popen(
            [str(part) for part in command],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def monitor(self, *arguments, **environment) -> subprocess.Popen:
        return self.start(
            self.built / "battery_monitor", *arguments, **environment
        )

    def test_control_loop_ends_well_on_sigterm(self):
        child = self.start(self.built / "control_loop")
        self.assertEqual(child.stdout.readline(), "control loop at 50 Hz\n")
        self.assertIn("50 steps, late by", child.stdout.readline())
        child.terminate()
        self.assertEqual(child.stdout.read().splitlines()[-1], "motors off")
        self.assertEqual(child.wait(LIMIT), 0)

    def test_monitor_prints_a_voltage_and_ends_well_on_sigterm(self):
        child = self.monitor()
        self.assertRegex(child.stdout.readline(), r"^battery at \d+\.\d\d V$")
        child.terminate()
        self.assertEqual(child.wait(LIMIT), 0)

    def test_monitor_raises_the_emergency_stop_when_told(self):
        child = self.monitor()
        child.stdout.readline()
        child.send_signal(signal.SIGUSR1)
        self.assertEqual(child.wait(LIMIT), 255)
        for seconds in ("0", "0.1"):
            child = self.monitor(f"--trip-after={seconds}")
            self.assertEqual(child.wait(LIMIT), 255)

    def test_monitor_exits_with_the_code_that_the_runtime_gives_it(self):
        child = self.monitor(
            "--trip-after=0", RR_EMERGENCY_STOP_EXIT_CODE="77"
        )
        self.assertEqual(child.wait(LIMIT), 77)

    def test_monitor_trips_on_the_file_there_or_to_come(self):
        with tempfile.TemporaryDirectory() as folder:
            other = Path(folder) / "other"
            file = Path(folder) / "battery-low"
            child = self.monitor(f"--trip-file={file}")
            child.stdout.readline()
            other.touch()
            child.stdout.readline()
            self.assertIsNone(child.poll())
            # The kernel would be slow to take it down: its stop would be late.
            held = [os.readlink(x)
                    for x in Path(f"/proc/{child.pid}/fd").iterdir()]
            self.assertNotIn("anon_inode:inotify", held)
            file.touch()
            self.assertEqual(child.wait(LIMIT), 255)
            child = self.monitor(f"--trip-file={file}")
            self.assertEqual(child.wait(LIMIT), 255)

    def test_monitor_refuses_what_it_does_not_understand(self):
        for bad in ("--trip-after=soon", "--trip-after=-1", "--trip", "x"):
            self.assertEqual(self.monitor(bad).wait(LIMIT), 2)
        missing = self.monitor("--trip-file=/nowhere-at-all/file")
        self.assertEqual(missing.wait(LIMIT), 1)


if __name__ == "__main__":
    Examples.built = Path(sys.argv.pop())
    unittest.main(verbosity=2)
