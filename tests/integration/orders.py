#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What people order by commands reaches the robot and is answered, whatever
the robot is about to do, and whatever its options say."""

import json
import signal

from robot_case import LIMIT, RobotCase, run_tests

# Ends only when it may, once it has been told to.
SLOW = """
trap 'until [ -e may-end ]; do sleep 0.02; done; exit 0' TERM
: > is-ready
while :; do sleep 0.02; done
"""


class OrderTest(RobotCase):
    def start_slow_robot(self):
        (self.folder / "robot.ini").write_text(
            "[process.slow]\n"
            f"command = {json.dumps(['/bin/sh', '-c', SLOW])}\n"
            f"directory = {json.dumps(str(self.folder))}\n"
            "terminate-timeout = 60s\n"
        )
        self.options.append(f"--config-file={self.folder}/robot.ini")
        robot = self.start_robot()
        self.wait_until((self.folder / "is-ready").exists)
        return robot

    def status(self):
        return json.loads(self.run_command("status", "--format=json").stdout)

    def order_while_the_robot_stops(self, what):
        """How the order ends that is under way when the robot stops."""
        robot = self.start_slow_robot()
        order = self.start(what, "slow", "--timeout=60s")
        self.wait_until(
            lambda: self.status()["processes"][0]["state"] == "terminating"
        )
        robot.send_signal(signal.SIGTERM)
        self.wait_until(lambda: self.status()["state"] == "stopping")
        (self.folder / "may-end").touch()
        out, errors = order.communicate(timeout=LIMIT)
        robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 0)
        return order.returncode, out, errors

    def test_a_stop_of_a_process_is_answered_when_the_robot_stops_too(self):
        code, out, errors = self.order_while_the_robot_stops("stop")
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(json.loads(out)["state"], "exited")

    def test_a_restart_is_refused_when_the_robot_stops(self):
        code, out, errors = self.order_while_the_robot_stops("restart")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("the robot is stopping", errors)

    def test_no_bound_of_payloads_keeps_a_person_from_stopping(self):
        robot = self.start_robot("--service.max-payload=16")
        done = self.run_command("estop", "--reason=" + "smoke " * 1000)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)


if __name__ == "__main__":
    run_tests()
