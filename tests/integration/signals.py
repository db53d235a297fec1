#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The signals that end the real runtime or do not, and a terminal that closes.
usage: signals.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import time

from robot_case import LIMIT, run_tests
from surrounded_case import SurroundedCase, shell


class Signals(SurroundedCase):
    def test_sigquit_is_an_orderly_stop(self):
        robot = self.launch([])
        robot.send_signal(signal.SIGQUIT)
        out, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 0)
        events = [json.loads(line) for line in out.splitlines()]
        self.assertTrue((self.folder / "terminated").exists())
        last = [x for x in events if x["event"] == "Application is exiting"]
        self.assertEqual(last[0]["reason"], "SIGQUIT")

    def told(self, robot, **fields):
        def is_told():
            event = json.loads(robot.stdout.readline())
            return fields.items() <= event.items()

        self.wait_until(is_told)

    def ignored(self, robot, name):
        self.told(robot, event="Signal ignored", signal=name)

    def test_sighup_without_a_terminal_is_a_reload(self):
        robot = self.launch([], start_new_session=True)
        for _ in range(2):
            robot.send_signal(signal.SIGHUP)
            self.told(robot, event="Processes reloaded", by="SIGHUP")
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_stray_signals_end_nothing(self):
        robot = self.launch([])
        names = "USR1 USR2 ALRM VTALRM PROF IO PWR STKFLT".split()
        strays = {getattr(signal, "SIG" + x, 16): "SIG" + x for x in names}
        strays[signal.SIGIO] = "SIGPOLL"
        for number, name in strays.items():
            robot.send_signal(number)
            self.ignored(robot, name)
        for number in (signal.SIGRTMIN, signal.SIGRTMAX):
            robot.send_signal(number)
            self.ignored(robot, f"SIGRTMIN+{number - signal.SIGRTMIN}")
        for quiet in "XCPU XFSZ PIPE TTIN TTOU WINCH URG CHLD CONT".split():
            robot.send_signal(getattr(signal, "SIG" + quiet))
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)

    def test_a_flood_of_strays_is_told_once_a_second(self):
        began = time.monotonic()
        robot = self.launch([])
        for _ in range(3000):
            robot.send_signal(signal.SIGRTMIN)
        robot.send_signal(signal.SIGTERM)
        out, _ = robot.communicate(timeout=LIMIT)
        most = 2 + time.monotonic() - began
        events = [json.loads(line) for line in out.splitlines()]
        told = [x for x in events if x.get("signal") == "SIGRTMIN+0"]
        self.assertEqual(robot.returncode, 0)
        self.assertTrue(told)
        self.assertLess(len(told), most)

    def test_what_was_ignored_at_the_start_stays_ignored(self):
        robot = self.launch(shell("trap '' HUP QUIT USR1"))
        for number in (signal.SIGHUP, signal.SIGQUIT):
            robot.send_signal(number)
        robot.send_signal(signal.SIGUSR1)
        self.ignored(robot, "SIGUSR1")
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_a_second_sigquit_forces_the_stop(self):
        stubborn = ["sh", "-c", "trap '' TERM; : > ready2; "
                    "while :; do sleep 0.05; done"]
        robot = self.launch(
            [],
            f"--process.stubborn.command={json.dumps(stubborn)}",
            f"--process.stubborn.directory={self.folder}",
            "--process.stubborn.terminate-timeout=60s",
        )
        self.wait_until((self.folder / "ready2").exists)
        robot.send_signal(signal.SIGQUIT)
        self.wait_until((self.folder / "terminated").exists)
        robot.send_signal(signal.SIGQUIT)
        self.assertEqual(robot.wait(LIMIT), 1)

    def test_the_death_of_the_parent_is_an_orderly_stop_where_it_is_asked_for(
        self,
    ):
        log = self.folder / "robot.log"
        parent = self.launch(
            ["sh", "-c", 'setpriv --pdeathsig KILL "$@" & wait', "sh"],
            f"--log.file={log}",
        )
        parent.kill()
        parent.wait()
        self.wait_until(lambda: '"Application is exiting"' in log.read_text())
        self.assertTrue((self.folder / "terminated").exists())
        self.assertIn('"reason":"SIGTERM"', log.read_text())

    # -- a terminal that closes ------------------------------------------------

    def hang_up(self, twice_before=False):
        """Closes the terminal that it leads a session on: its exit code, and its
        log."""
        child, master, log = self.on_terminal()
        if twice_before:
            child.send_signal(signal.SIGHUP)
            child.send_signal(signal.SIGHUP)
        os.close(master)
        return child.wait(LIMIT), log.read_text()

    def test_a_terminal_that_closes_is_an_orderly_stop(self):
        code, log = self.hang_up()
        self.assertEqual(code, 0)
        self.assertTrue((self.folder / "terminated").exists())
        self.assertIn('"Application is exiting"', log)
        self.assertIn('"reason":"SIGHUP"', log)
        self.assertNotIn("Killed process", log)

    def test_several_hang_ups_are_one_orderly_stop(self):
        code, log = self.hang_up(True)
        self.assertEqual(code, 0)
        self.assertTrue((self.folder / "terminated").exists())
        self.assertNotIn("Killed process", log)


if __name__ == "__main__":
    run_tests()
