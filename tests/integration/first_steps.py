#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The robot that `init` writes: it is right, it runs, and it stops.
usage: first_steps.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from robot_case import LIMIT, RobotCase, free_port, run_tests

FILES = ["Makefile", "README.md", "battery.cpp", "devices.yaml", "drive.py",
         "robot.ini"]
CAN_COMPILE = shutil.which("make") and shutil.which("g++")


class FirstSteps(RobotCase):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "my robot"
        # What a newcomer need not say, for there is one robot on his machine.
        self.environment |= {
            "RR_APPLICATION_RUNTIME_DIRECTORY": f"{self.folder}/run",
            "RR_APPLICATION_STATE_DIRECTORY": f"{self.folder}/state",
            "RR_ROUTER_FRONTEND": "ipc://RUNTIME/rpc.sock",
            "RR_LOG_FRONTEND": "ipc://RUNTIME/log-front.sock",
            "RR_CONTROL_ADDRESS": f"udp://127.0.0.1:{self.port}",
            "RR_UPDATE_ADDRESS": f"udp://224.1.1.1:{self.group_port}",
            "RR_DEVICE_PREFIX": self.prefix,
            "RR_WEB_ADDRESS": f"http://127.0.0.1:{free_port()}",
        }

    def command(self, name, *arguments):
        return [self.program, name, *arguments]

    def init(self, *arguments, **how):
        return subprocess.run(
            [self.program, "init", *arguments], env=self.environment,
            capture_output=True, text=True, timeout=LIMIT, **how)

    def make_robot(self):
        made = self.init(str(self.home))
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(sorted(os.listdir(self.home)), FILES)
        self.environment["RR_CONFIG_FILE"] = str(self.home / "robot.ini")
        return made.stdout

    def run_robot(self):
        """Its output has a robot's events, which `wait_for` takes."""
        self.seen = []
        return self.start("run", "--log.format=json")

    def wait_for(self, robot, text):
        for line in robot.stdout:
            self.seen.append(json.loads(line))
            if text in self.seen[-1]["event"]:
                return self.seen[-1]
        self.fail(f"no {text} among {self.seen}")

    def rest_of(self, robot):
        out, errors = robot.communicate(timeout=LIMIT)
        self.seen += [json.loads(line) for line in out.splitlines()]
        return [x["event"] for x in self.seen], errors

    def test_init_check_and_run_are_enough(self):
        told = self.make_robot()
        for name in FILES:
            self.assertIn(name, told)
        # As a shell takes it, for there is a space in the path.
        quoted = f"--config-file='{self.home}/robot.ini'"
        self.assertIn(f"robot-runtime check {quoted}\n", told)
        self.assertIn(f"robot-runtime run {quoted}\n", told)
        page, = re.findall(r'^address = "(http://.*)"$',
                           (self.home / "robot.ini").read_text(), re.M)
        self.assertIn(f"  {page}/\n", told)
        option = f"--config-file={self.home}/robot.ini"
        checked = self.run_command("check", option)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("2 processes, 2 types of devices, 1 named device",
                      checked.stdout)
        self.assertNotIn("robot.ini:", checked.stderr)
        if not CAN_COMPILE:
            self.skipTest("there is no compiler")
        self.environment["PYTHONPATH"] = sys.path[0]
        robot = self.run_robot()
        battery = self.wait_for(robot, "battery at 12.60 V")
        self.assertEqual((battery["process"], battery["volts"]),
                         ("battery", 12.6))
        driver = self.start("gamepad", "--ly=0.5")
        moved = self.wait_for(robot, "motor at 0.50")
        self.assertEqual(moved["process"], "drive")
        self.assertEqual(moved["level"], "info")
        self.wait_until(lambda: "duty_cycle = 0.5" in self.run_command(
            "buffers", "show", "left-motor").stdout)
        driver.terminate()
        self.wait_for(robot, "motor at 0.00")
        stopped = self.run_command("stop")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        events, errors = self.rest_of(robot)
        self.assertEqual(robot.returncode, 0, errors)
        self.assertIn("drive ends", events)
        self.assertIn("battery is no longer watched", events)

    @unittest.skipUnless(CAN_COMPILE, "there is no compiler")
    def test_a_program_that_is_compiled_stops_the_robot_by_its_exit_code(self):
        self.make_robot()
        robot = self.run_robot()
        self.wait_for(robot, "battery at")
        (self.home / "battery-low").touch()
        events, errors = self.rest_of(robot)
        self.assertEqual(robot.returncode, 255, errors)
        self.assertIn("Received emergency stop", events)
        self.assertIn("battery-low", self.run_command("explain").stdout)

    def test_it_runs_without_packages_and_without_a_compiler(self):
        self.make_robot()
        missing = self.folder / "missing" / "robot_runtime"
        missing.mkdir(parents=True)
        (missing / "__init__.py").write_text("raise ImportError('none')\n")
        self.environment |= {"PYTHONPATH": str(missing.parent),
                             "PATH": "/nowhere"}
        robot = self.run_robot()
        awaited = {"make: not found", "no devices: the package",
                   "Process failed"}
        while awaited:
            event = json.loads(robot.stdout.readline())
            self.seen.append(event)
            awaited -= {x for x in awaited if x in event["event"]}
        self.assertIsNone(robot.poll())
        robot.send_signal(signal.SIGINT)
        events, errors = self.rest_of(robot)
        self.assertEqual(robot.returncode, 0, errors)
        self.assertIn("drive ends", events)

    def test_nothing_is_overwritten(self):
        self.home.mkdir()
        (self.home / "drive.py").write_text("mine")
        refused = self.init(str(self.home))
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(
            refused.stderr, f"robot-runtime: cannot make {self.home}/drive.py: "
            "it is there already; robot-runtime init DIRECTORY makes one "
            "elsewhere\n")
        self.assertEqual(refused.stdout, "")
        self.assertEqual(os.listdir(self.home), ["drive.py"])
        self.assertEqual((self.home / "drive.py").read_text(), "mine")

    def test_the_working_directory_is_the_default(self):
        self.home.mkdir()
        made = self.init(cwd=self.home)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("robot-runtime check --config-file=robot.ini\n",
                      made.stdout)
        self.assertEqual(sorted(os.listdir(self.home)), FILES)
        refused = self.init(cwd=self.home)
        self.assertEqual(refused.returncode, 1)
        for name in FILES:
            self.assertIn(name, refused.stderr)

    def test_bad_usage_makes_nothing(self):
        for arguments in (["a", "b"], [""], ["--force"], ["--log.level=info"]):
            refused = self.init(*arguments, cwd=self.folder)
            self.assertEqual(refused.returncode, 2, arguments)
            self.assertEqual(len(refused.stderr.splitlines()), 1)
        self.assertEqual(os.listdir(self.folder), ["catalog.yaml"])

    def test_the_files_are_those_of_the_sources(self):
        self.make_robot()
        sources = Path(__file__).parents[2] / "config" / "init"
        for name in FILES:
            self.assertEqual((self.home / name).read_text(),
                             (sources / name).read_text())
        self.assertTrue(os.access(self.home / "drive.py", os.X_OK))
        self.assertFalse(os.access(self.home / "robot.ini", os.X_OK))


if __name__ == "__main__":
    run_tests()
