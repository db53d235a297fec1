#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The example robot as a whole, as `scripts/run` starts it: a driver, a
listener on the network, a reader of the log, and an emergency stop.
usage: example_robot.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import json
import os
import signal
import sys
import unittest
import uuid
from pathlib import Path

from peer_case import PeerCase, Program, free_udp_address

MOTOR = str(0x1000000000000000001)
GROUP = "239.255.77.78"


class ExampleRobot(PeerCase):
    def setUp(self):
        super().setUp()
        self.control = free_udp_address()
        port = free_udp_address().rsplit(":", 1)[1]
        self.group = f"udp://{GROUP}:{port}"

    def options(self) -> list:
        return super().options() + [
            f"--config-file={self.build}/examples/robot.ini",
            f"--device.prefix=test-{uuid.uuid4().hex[:12]}",
            f"--control.address={self.control}",
            "--control.timeout=250ms",
            f"--update.address={self.group}",
            "--update.interval=20ms",
        ]

    def command(self, name, *arguments) -> Program:
        return Program(
            self,
            [
                self.build / "bin" / "robot-runtime",
                name,
                *self.shared_options,
                *arguments,
            ],
        )

    def start(self):
        self.shared_options = self.options()
        self.robot = self.command("run")
        self.robot.wait_for('"control loop at 50 Hz"')
        self.robot.wait_for('"sender_id":"student-service"')

    def pid_of(self, process) -> int:
        started = [
            x
            for x in self.robot.events()
            if x["event"] == "Process started" and x["process"] == process
        ]
        return started[-1]["pid"]

    def drive(self) -> Program:
        """A driver who pushes the left stick, until they are gone."""
        driver = self.command("gamepad", "--ly=0.5")
        event = json.loads(self.robot.wait_for('"motor at 0.50"'))
        self.assertEqual(event["process"], "control-loop")
        return driver

    def test_its_configuration_has_no_fault(self):
        self.shared_options = self.options()
        check = self.command("check")
        self.assertEqual(check.wait(), 0, check.errors())

    def test_a_driver_moves_the_motor_and_his_end_stops_it(self):
        self.start()
        watch = self.command("watch", "--format=json")
        driver = self.drive()
        positions = []
        while len(positions) < 3:
            seen = json.loads(watch.wait_for('"enc_pos"'))["devices"]
            values = seen.get(MOTOR, {})
            if values.get("enc_pos", 0) > 0:
                positions.append(values["enc_pos"])
        self.assertEqual(positions, sorted(set(positions)))
        driver.child.kill()
        self.robot.wait_for('"Control lost"')
        self.robot.wait_for('"motor at 0.00"')
        # One who comes back moves it again.
        self.drive()
        self.assertEqual(self.robot.stop(), 0)

    def test_an_emergency_stop_brings_the_motor_to_its_safe_value(self):
        self.start()
        self.drive()
        # From now on nobody requests anything else of the motor.
        os.kill(self.pid_of("student"), signal.SIGSTOP)
        os.kill(self.pid_of("battery-monitor"), signal.SIGUSR1)
        self.robot.wait_for('"motor at 0.00"')
        self.robot.wait_for('"motors off"')
        self.assertEqual(self.robot.wait(), 255)

    def test_the_motor_stops_when_the_program_that_drives_it_is_killed(self):
        self.start()
        self.drive()
        os.kill(self.pid_of("student"), signal.SIGKILL)
        self.robot.wait_for('"motor at 0.00"')
        self.robot.stop()

    def test_the_student_may_end_and_the_robot_goes_on(self):
        self.start()
        os.kill(self.pid_of("student"), signal.SIGTERM)
        self.robot.wait_for('"stopping: the wheels stand still"')
        ended = json.loads(self.robot.wait_for('"Process exited normally"'))
        self.assertEqual(ended["process"], "student")
        self.robot.wait_for(" steps, late by ")
        self.assertEqual(self.robot.stop(), 0)

    def test_all_programs_are_in_one_log(self):
        self.shared_options = self.options()
        logs = self.command("logs", "--format=json")
        self.robot = self.command("run")
        languages = {"control-loop", "arm", "student", "battery-monitor"}
        while languages:
            event = json.loads(logs.wait_for('"process"'))
            if "stream" in event:
                self.assertIsInstance(event["pid"], int)
                languages.discard(event["process"])
        self.assertEqual(self.robot.stop(), 0)


if __name__ == "__main__":
    PeerCase.source = Path(sys.argv.pop())
    PeerCase.build = Path(sys.argv.pop())
    unittest.main(verbosity=2)
