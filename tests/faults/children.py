#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children that end in every way, or will not, and what the robot does then.
usage: children.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import json
import os
import platform
import signal
import unittest
from pathlib import Path

from child_faults import LIMIT, SLEEPER, ChildFaults, shell, state_of
from fault_case import fault, run_faults

EXIT_OF_A_THREAD = {"x86_64": 60, "aarch64": 93}.get(platform.machine())
# No core is written by what crashes here.
CRASH = (
    "import ctypes, resource\n"
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
)


class Ends(ChildFaults):
    @fault("a child exits with 0", "a normal end; the robot goes on")
    def test_exit_0(self):
        robot = self.robot(child=shell("exit 0"), other=SLEEPER)
        event = self.wait_for(robot, "Process exited normally")
        self.assertEqual(event["exit_code"], 0)
        self.assertEqual(self.process("child")["state"], "exited")
        self.running("other")
        self.stops_in_order(robot)
        self.saw("told as a normal end, the other child running")

    @fault("a child exits with 1", "a failure; the robot stops with 1")
    def test_exit_1(self):
        robot = self.start_run(child=shell("exit 1"), other=SLEEPER)
        code, events = self.to_its_end(robot)
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["exit_code"]), (1, 1))
        self.assertEqual(failed["reaction"], "stop")
        self.one(events, "Terminated process", "other")
        self.saw("failed with code 1, the other child terminated")

    @fault("a child exits with 255, the emergency-stop code",
           "the robot stops, latched, whatever restarts are configured")
    def test_exit_255(self):
        tell = "trap 'echo told; exit 0' TERM; : > go; "
        stay = "while :; do sleep 0.01; done"
        robot = self.start_run(
            child=shell(self.wait + "exit 255", restart="always"),
            other=shell(tell + stay, directory=str(self.folder)),
        )
        code, events = self.to_its_end(robot)
        self.assertEqual(code, 255)
        stop = self.one(events, "Received emergency stop")
        self.assertEqual(stop["exit_code"], 255)
        self.one(events, "told", "other")
        self.assertEqual(len(self.named(events, "Process started", "child")), 1)
        latch = json.loads((self.folder / "state/latch.json").read_text())
        self.assertEqual(latch["process"], "child")
        self.saw(f"signals sent after {stop['signal_latency_us']} us, latched")

    def crashes(self, script, number):
        robot = self.start_run(child=self.child(CRASH + script))
        code, events = self.to_its_end(robot)
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["exit_code"]), (1, -number))
        self.assertEqual(failed["signal"], signal.Signals(number).name)
        self.assertIs(failed["core_dumped"], False)
        self.saw(f"failed by {failed['signal']}, exit code -{number}")

    @fault("a child aborts", "a failure by SIGABRT")
    def test_abort(self):
        self.crashes("os.abort()\n", signal.SIGABRT)

    @fault("a child reads address 0", "a failure by SIGSEGV")
    def test_segfault(self):
        self.crashes("ctypes.string_at(0)\n", signal.SIGSEGV)

    @fault("SIGKILL to a child from outside",
           "its failure, not the robot's kill; started again")
    def test_killed_from_outside(self):
        robot = self.robot(child=dict(SLEEPER, restart="on-failure"))
        first = self.wait_for(robot, "Process ready")["pid"]
        os.kill(first, signal.SIGKILL)
        failed = self.wait_for(robot, "Process failed")
        self.assertEqual(failed["signal"], "SIGKILL")
        self.assertEqual(failed["reaction"], "restart")
        second = self.wait_for(robot, "Process ready")["pid"]
        self.assertNotEqual(first, second)
        self.stops_in_order(robot)
        self.saw("failed by SIGKILL, ready again")

    @fault("SIGSTOP to a child with a watchdog", "its watchdog starts it again")
    def test_stopped_with_watchdog(self):
        script = (
            "say('READY=1')\n"
            "while True:\n"
            "    say('WATCHDOG=1')\n"
            "    signal.sigtimedwait([], 0.05)\n"
        )
        robot = self.robot(
            child=self.child(script, ready="notify", watchdog="1s",
                             restart="on-failure")
        )
        os.kill(self.wait_for(robot, "Process ready")["pid"], signal.SIGSTOP)
        missed = self.wait_for(robot, "Watchdog missed")
        failed = self.wait_for(robot, "Process failed")
        self.assertEqual(failed["reason"], "watchdog missed")
        # It was continued, and so has ended by the first signal.
        self.assertEqual(failed["signal"], "SIGTERM")
        self.wait_for(robot, "Process ready")
        self.stops_in_order(robot)
        self.saw(f"missed by {missed['late_ms']} ms, ready again")

    @fault("SIGSTOP to a child, and then the robot stops",
           "it is continued, and ends in order")
    def test_stopped_when_the_robot_stops(self):
        robot = self.robot(child=dict(SLEEPER, terminate_timeout="60s"))
        pid = self.wait_for(robot, "Process ready")["pid"]
        os.kill(pid, signal.SIGSTOP)
        self.wait_until(lambda: state_of(pid) == "T")
        events = self.stops_in_order(robot)
        ended = self.one(events, "Terminated process")
        self.assertEqual(ended["exit_code"], -signal.SIGTERM)
        self.saw("terminated by SIGTERM, not killed")

    @fault("a child ignores SIGTERM",
           "killed after its terminate-timeout; the stop is one in order")
    def test_ignores_sigterm(self):
        robot = self.robot(
            child=shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done",
                        terminate_timeout="100ms")
        )
        self.wait_line(robot, "deaf")
        events = self.stops_in_order(robot)
        self.one(events, "Killed process")
        self.saw("killed, exit code 0")

    @fault("a child exits at once, for ever",
           "started again as often as restart-limit says, then given up")
    def test_exits_at_once_for_ever(self):
        robot = self.start_run(
            child=shell("exit 0", restart="always", restart_delay="1ms",
                        restart_max_delay="1ms", restart_limit=5,
                        restart_window="3600s")
        )
        code, events = self.to_its_end(robot)
        starts = len(self.named(events, "Process started"))
        self.assertEqual((code, starts), (1, 6))
        self.assertEqual(self.one(events, "Process given up")["restarts"], 5)
        self.saw("6 starts, given up, exit code 1")

    @fault("a child replaces itself by exec",
           "the same child, whose emergency-stop code counts")
    def test_replaces_itself_by_exec(self):
        again = f'exec /bin/sh -c "echo second; {self.wait} exit 255"'
        robot = self.robot(child=shell(again, restart="always"))
        pid = self.wait_line(robot, "second")["pid"]
        child = self.running()
        self.assertEqual((child["pid"], child["restarts"]), (pid, 0))
        self.go()
        code, events = self.to_its_end(robot)
        stop = self.one(events, "Received emergency stop")
        self.assertEqual((code, stop["pid"]), (255, pid))
        self.saw(f"process {pid} before and after, the robot stopped by it")

    @fault("a thread of a child replaces all of it by exec",
           "not taken for its end, though the first thread ends")
    def test_a_thread_replaces_it_by_exec(self):
        robot = self.robot(
            child=self.child(
                "import threading\n"
                "run = lambda: os.execv('/bin/sleep', "
                f"['sleep', '{self.mark}'])\n"
                "threading.Thread(target=run).start()\n"
                "signal.pause()\n"
            )
        )
        pid = self.wait_for(robot, "Process ready")["pid"]
        line = Path(f"/proc/{pid}/cmdline")
        self.wait_until(lambda: line.read_bytes().startswith(b"sleep"))
        child = self.running()
        self.assertEqual((child["pid"], child["restarts"]), (pid, 0))
        events = self.stops_in_order(robot)
        self.one(events, "Terminated process")
        self.saw("still the same process, terminated with the robot")

    @unittest.skipUnless(EXIT_OF_A_THREAD, "unknown system call")
    @fault("the first thread of a child ends, another lives on",
           "not taken for its end; it ends with the robot")
    def test_its_first_thread_ends(self):
        robot = self.robot(
            child=self.child(
                "import ctypes, threading\n"
                "threading.Thread(target=signal.pause).start()\n"
                f"ctypes.CDLL(None).syscall({EXIT_OF_A_THREAD}, 0)\n"
            )
        )
        pid = self.wait_for(robot, "Process ready")["pid"]
        # As far as /proc tells, it is dead.
        self.wait_until(lambda: state_of(pid) == "Z")
        self.running()
        events = self.stops_in_order(robot)
        self.one(events, "Terminated process")
        self.saw("running with its first thread dead, then terminated")

    @fault("a child crashes while it is being terminated",
           "no failure, and not started again")
    def test_dies_while_it_is_terminated(self):
        robot = self.robot(
            child=shell("trap 'kill -SEGV $$' TERM; echo there; "
                        "while :; do sleep 0.01; done", restart="always")
        )
        self.wait_line(robot, "there")
        self.order("stop")
        ended = self.wait_for(robot, "Terminated process")
        self.assertEqual(ended["exit_code"], -signal.SIGSEGV)
        self.assertEqual(self.process()["state"], "exited")
        events = self.stops_in_order(robot)
        self.assertEqual(self.named(events, "Process started"), [])
        self.saw("terminated with exit code -11, nothing started")

    @fault("a child raises an emergency while the robot stops in order",
           "the stop becomes an emergency's")
    def test_emergency_while_it_is_terminated(self):
        robot = self.robot(
            child=shell("trap 'exit 255' TERM; echo there; "
                        "while :; do sleep 0.01; done")
        )
        self.wait_line(robot, "there")
        code, events = self.stop(robot)
        self.assertEqual(code, 255)
        self.one(events, "Received emergency stop")
        self.assertTrue((self.folder / "state/latch.json").exists())
        self.saw("exit code 255, latched")

    # One that is told to end, says so, and does not.
    SLOW = ("trap 'echo told' TERM; echo there; while :; do sleep 0.01; done")

    @fault("a child is to be restarted while the robot stops",
           "refused, and nothing is started")
    def test_restarted_while_the_robot_stops(self):
        robot = self.robot(child=shell(self.SLOW, terminate_timeout="2s"))
        self.wait_line(robot, "there")
        robot.send_signal(signal.SIGTERM)
        self.wait_line(robot, "told")
        answer = self.run_command("restart", "child")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("stopping", answer.stderr)
        code, events = self.to_its_end(robot)
        self.assertEqual(code, 0)
        self.assertEqual(self.named(events, "Process started"), [])
        self.saw(answer.stderr.strip().splitlines()[-1])

    @fault("a child is to be restarted while it is being stopped",
           "both orders are carried out, one after the other")
    def test_restarted_while_it_is_stopped(self):
        robot = self.robot(child=shell(self.SLOW, terminate_timeout="1s"))
        self.wait_line(robot, "there")
        stop = self.start("stop", "child")
        self.wait_line(robot, "told")
        self.order("restart")
        self.assertEqual(stop.wait(LIMIT), 0)
        self.wait_for(robot, "Killed process")
        self.wait_line(robot, "there")
        self.running()
        self.assertEqual(self.stop(robot)[0], 0)
        self.saw("both answered, killed, then running")


class Programs(ChildFaults):
    """The file that a child executes changes under it."""

    def put(self, text):
        new = self.folder / "new"
        new.write_text(text)
        new.chmod(0o755)
        new.rename(self.folder / "program")

    def saying(self, word):
        self.put(f"#!/bin/sh\necho {word}\nexec sleep {self.mark}\n")

    @fault("the program of a running child is replaced",
           "the running one stays; a restart executes the new one")
    def test_program_replaced(self):
        self.saying("one")
        robot = self.robot(child={"command": [str(self.folder / "program")]})
        pid = self.wait_line(robot, "one")["pid"]
        self.saying("two")
        self.assertEqual(self.running()["pid"], pid)
        self.order("restart")
        self.assertNotEqual(self.wait_line(robot, "two")["pid"], pid)
        self.stops_in_order(robot)
        self.saw("'one' ran on, 'two' after the restart")

    @fault("the program of a running child becomes no executable, and it dies",
           "each restart fails for that; given up at restart-limit")
    def test_program_becomes_a_text(self):
        self.saying("one")
        robot = self.robot(
            child={"command": [str(self.folder / "program")],
                   "restart": "always", "restart_delay": "1ms",
                   "restart_max_delay": "1ms", "restart_limit": 3,
                   "on_failure": "ignore"}
        )
        pid = self.wait_line(robot, "one")["pid"]
        self.put("echo I am no program\n")
        os.kill(pid, signal.SIGKILL)
        for _ in range(3):
            failed = self.wait_for(robot, "Process failed to start")
        self.wait_for(robot, "Process given up")
        self.assertEqual(self.process()["state"], "failed")
        self.stops_in_order(robot)
        self.saw(failed["error"].replace(str(self.folder), "FOLDER"))

    @fault("an order to start a child whose program is gone",
           "answered at once with what is wrong")
    def test_program_removed(self):
        self.saying("one")
        robot = self.robot(child={"command": [str(self.folder / "program")],
                                  "on_failure": "ignore"})
        self.wait_line(robot, "one")
        (self.folder / "program").unlink()
        answer = self.run_command("restart", "child")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("no such file", answer.stderr.lower())
        self.stops_in_order(robot)
        self.saw(answer.stderr.strip().splitlines()[-1]
                 .replace(str(self.folder), "FOLDER"))


if __name__ == "__main__":
    run_faults()
