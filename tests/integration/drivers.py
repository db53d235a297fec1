#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The example drivers of a device, in C and Python, under the real runtime.
usage: drivers.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE FOLDER-OF-BUILT-EXAMPLES
FOLDER-OF-SOURCES"""

import json
import os
import subprocess
import sys
from pathlib import Path

from robot_case import LIMIT, RobotCase, run_tests

MOTOR = (1 << 72) + 5


class Drivers(RobotCase):
    drivers: list

    def setUp(self):
        super().setUp()
        catalog = self.sources / "config" / "catalog.yaml"
        self.options = [
            x for x in self.options if not x.startswith("--device.catalog")
        ] + [f"--device.catalog={catalog}"]
        os.environ["RR_DEVICE_PREFIX"] = self.prefix
        os.environ["RR_DEVICE_CATALOG"] = str(catalog)
        self.robot = self.start_robot()

    def drive(self, command, motor=MOTOR):
        return self.spawn(
            [*command, hex(motor)],
            env=os.environ | {"PYTHONPATH": sys.path[0]},
            stderr=subprocess.STDOUT,
        )

    def motor(self):
        from robot_runtime import buffers

        found = []

        def is_there():
            try:
                found.append(buffers.open("motor", MOTOR))
            except buffers.BufferError:
                return False
            return True

        self.wait_until(is_there)
        motor = found[0]
        self.addCleanup(motor.close)
        self.wait_until(lambda: motor.connected)
        return motor

    def uids(self):
        return json.loads(self.run_command("call", "list_uids").stdout)

    def shown(self):
        shown = self.run_command(
            "buffers", "show", str(MOTOR), "--format=json"
        )
        return json.loads(shown.stdout) if shown.returncode == 0 else None

    def each(self):
        for command in self.drivers:
            with self.subTest(driver=command[-1]):
                yield command

    def test_a_request_reaches_the_motor_and_is_acknowledged(self):
        for command in self.each():
            child = self.drive(command)
            motor = self.motor()
            self.assertEqual(self.uids(), [str(MOTOR)])
            motor.write("duty_cycle", 0.5)
            self.wait_until(lambda: motor.get("duty_cycle") == 0.5)
            self.wait_until(lambda: not motor.pending_writes())
            self.wait_until(lambda: motor.get("enc_pos") > 0)
            self.assertIs(self.shown()["connected"], True)
            self.assertEqual(self.shown()["requested"]["duty_cycle"], 0.5)
            child.terminate()
            self.assertEqual(child.wait(LIMIT), 0)
            self.assertRegex(child.stdout.read(), r"^motor off at \d+\.\d\d$")
            # It is unplugged: nothing of it is left.
            self.assertFalse(motor.valid)
            self.assertEqual(self.uids(), [])
            self.assertIsNone(self.shown())
            motor.close()

    def test_a_killed_driver_leaves_a_device_that_goes(self):
        for command in self.each():
            child = self.drive(command)
            motor = self.motor()
            child.kill()
            child.wait()
            self.assertFalse(motor.connected)
            # Unless the command took longer than the runtime waits.
            if shown := self.shown():
                self.assertIs(shown["connected"], False)
            self.wait_until(lambda: not motor.valid)
            self.assertEqual(self.uids(), [])
            self.assertIsNone(self.shown())
            motor.close()
        events = self.events(self.robot)
        gone = [x for x in events if x["event"] == "Device removed"]
        self.assertEqual(len(gone), len(self.drivers))
        for event in gone:
            self.assertEqual(event["uid"], str(MOTOR))
            self.assertEqual(event["cause"], "its driver has ended")

    def test_a_driver_that_starts_again_has_its_device(self):
        # The one in C: it is there in time on a busy machine, too.
        command = self.drivers[0]
        child = self.drive(command)
        motor = self.motor()
        child.kill()
        child.wait()
        self.drive(command)
        self.wait_until(lambda: motor.connected)
        # A second one is refused meanwhile.
        third = self.drive(command)
        self.assertEqual(third.wait(LIMIT), 1)
        self.assertIn("another process drives it", third.stdout.read())
        # The runtime removes what its driver has left, this one at the latest ...
        other = self.drive(command, MOTOR + 1)
        self.wait_until(lambda: str(MOTOR + 1) in self.uids())
        other.kill()
        self.wait_until(lambda: str(MOTOR + 1) not in self.uids())
        # ... and so it would have removed the first, had it not come back.
        self.assertTrue(motor.valid)
        self.assertTrue(motor.connected)
        self.assertEqual(self.uids(), [str(MOTOR)])

    def test_a_driver_ends_when_the_runtime_has(self):
        for command in self.each():
            child = self.drive(command)
            self.motor()
            self.robot.terminate()
            self.assertEqual(self.robot.wait(LIMIT), 0)
            self.assertEqual(child.wait(LIMIT), 1)
            self.assertIn("is invalid", child.stdout.read())
            self.robot = self.start_robot()


if __name__ == "__main__":
    Drivers.sources = Path(sys.argv.pop())
    built = Path(sys.argv.pop())
    Drivers.drivers = [
        [str(built / "motor_driver")],
        [sys.executable, str(Drivers.sources / "examples/motor_driver.py")],
    ]
    run_tests()
