#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children of the real runtime that fail, and are started again or given up.
usage: restarts.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json

from robot_case import LIMIT, RobotCase, run_tests


class Restarts(RobotCase):
    def robot(self, script, **keys):
        file = self.folder / "robot.ini"
        lines = ["[process.child]", f'command = ["/bin/sh", "-c", "{script}"]']
        lines += [f"{k.replace('_', '-')} = {v}" for k, v in keys.items()]
        file.write_text("\n".join(lines) + "\n")
        self.options.append(f"--config-file={file}")
        return self.start("run", "--log.format=json")

    def named(self, events, name):
        return [x for x in events if x["event"] == name]

    def test_one_that_keeps_failing_is_given_up(self):
        robot = self.robot(
            "exit 3",
            restart='"on-failure"',
            restart_delay="40ms",
            restart_max_delay="100ms",
            restart_limit=3,
        )
        output, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 1, errors)
        events = [json.loads(x) for x in output.splitlines()]
        told = self.named(events, "Process restarting")
        self.assertEqual([x["restarts"] for x in told], [1, 2, 3])
        for event, least in zip(told, (40, 80, 100)):
            self.assertGreaterEqual(event["delay_ms"], least)
            self.assertLessEqual(event["delay_ms"], least * 1.1)
        self.assertEqual(len(self.named(events, "Process started")), 4)
        given_up = self.named(events, "Process given up")
        self.assertEqual([x["restarts"] for x in given_up], [3])
        failed = self.named(events, "Process failed")
        self.assertEqual(failed[0]["reaction"], "restart")

    def test_an_operator_ends_it_for_good(self):
        self.robot(
            "exit 0",
            restart='"always"',
            restart_delay="50ms",
            restart_limit=1000000,
        )
        self.wait_until(
            lambda: self.run_command("status").returncode == 0
            and self.state()["restarts"] >= 2
        )
        self.run_command("stop", "child")
        stopped = self.state()
        self.assertIn(stopped["state"], ("exited", "failed"))
        # That nothing starts it again, tests of the supervisor tell.
        self.run_command("start", "child")
        self.wait_until(
            lambda: self.state()["restarts"] > stopped["restarts"] + 1
        )

    def test_the_emergency_stop_code_is_never_restarted(self):
        robot = self.robot("exit 255", restart='"always"')
        output, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        self.assertNotIn("Process restarting", output)

    def test_the_longest_times_are_waited_for(self):
        times = ("terminate_timeout", "restart_delay", "restart_max_delay",
                 "restart_window", "healthy_after", "ready_timeout", "watchdog",
                 "probe_interval", "probe_timeout")
        longest = dict.fromkeys(times, "876000h")
        trapped = self.folder / "trapped"
        self.options += ["--health.interval=876000h",
                         "--application.stop-timeout=876000h",
                         "--control.timeout=876000h"]
        robot = self.robot(
            f"trap 'exit 0' TERM; : > {trapped}; while :; do sleep 0.02; done",
            restart='"always"', probe='["true"]', **longest)
        self.wait_until(trapped.exists)
        events = self.events(robot)
        self.assertEqual(robot.returncode, 0)
        ended = self.named(events, "Terminated process")
        self.assertEqual([x["exit_code"] for x in ended], [0])
        self.assertFalse([x for x in events if x["level"] == "error"])
        robot = self.robot("exit 3", restart='"always"', **longest)
        self.wait_until(lambda: self.run_command("status").returncode == 0
                        and self.state()["state"] == "restarting")
        self.events(robot)
        self.assertEqual(robot.returncode, 0)

    def state(self):
        done = self.run_command("status", "--format=json")
        return json.loads(done.stdout)["processes"][0]



if __name__ == "__main__":
    run_tests()
