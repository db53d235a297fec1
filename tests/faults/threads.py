#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: each of its threads hangs, for another process holds
it (tests/programs/hold_thread.c).
usage: threads.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from fault_case import fault, run_faults  # first: it knows the other folder

import selfwatch
from robot_case import LIMIT, RobotCase, free_port
from runtime_case import RuntimeFault, named

CANNOT = 77

GROUPS = "control group"

# Those that have no part in a stop: the one that stops is another.
THREADS = ("ZMQbg/IO/0", "ZMQbg/Reaper", "caf.multiplexer", "rr-black-box",
           "rr-channel", "rr-children", "rr-control", "rr-groups",
           "rr-heartbeat", "rr-log", "rr-log-reader", "rr-log-relay",
           "rr-output", "rr-records", "rr-router", "rr-signals", "rr-watch",
           "rr-web")


class Threads(RuntimeFault):
    # What hangs is waited for as long.
    grace = "1s"

    def start_held(self, *names, options=()):
        """@returns a robot whose motor obeys; some of its threads hang."""
        self.log = self.folder / "robot.log"
        robot = self.launch([], f"--log.file={self.log}",
                            f"--web.address=http://127.0.0.1:{free_port()}",
                            "--application.stop-timeout=300ms", *options)
        if "rr-groups" in names and self.status()["containment"] != GROUPS:
            self.skipTest("no control groups here")
        _, self.motor = self.devices()
        self.request(self.motor)
        self.held = [self.hold(robot, name) for name in names]
        return robot

    def threads_of(self, robot):
        names = set()
        for task in Path(f"/proc/{robot.pid}/task").iterdir():
            try:
                names.add((task / "comm").read_text().strip())
            except OSError:
                pass  # it has just ended
        return names

    def hold(self, robot, name):
        # The page comes last, when children may run already.
        self.wait_until(lambda: name in self.threads_of(robot))
        holder = Path(RobotCase.program).parent / "test-hold-thread"
        held = subprocess.Popen(
            [holder, str(robot.pid), name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(held.communicate)
        self.addCleanup(held.kill)
        line = held.stdout.readline()
        if not line and held.wait(LIMIT) == CANNOT:
            self.skipTest(held.stderr.read())
        self.assertRegex(line, "^held [1-9]", f"no thread {name}")
        return held

    def logged(self, name):
        """@returns the events of that name so far."""
        lines = self.log.read_text().splitlines(True)
        return named([json.loads(x) for x in lines if x.endswith("\n")], name)

    def process(self, name):
        return next(x for x in self.status()["processes"] if x["name"] == name)

    def safe(self):
        """@returns after how many milliseconds its motor is safe."""
        begin = time.monotonic()
        self.wait_until(lambda: self.motor.requested("duty_cycle") == 0)
        return 1000 * (time.monotonic() - begin)

    def late(self, who):
        """@returns the event that tells of it."""
        def told():
            return [x for x in self.logged("Actor late") if x["actor"] == who]

        self.wait_until(told)
        return f"{who} late by {told()[0]['late_ms']} ms"

    def emergency(self, name):
        robot = self.start_held(name)
        begin = time.monotonic()
        (self.folder / "go").touch()
        self.wait_until((self.folder / "terminated").exists)
        asked = 1000 * (time.monotonic() - begin)
        self.safe()
        self.wait_until((self.folder / "state/latch.json").exists)
        self.nothing_is_left()
        gone = 1000 * (time.monotonic() - begin)
        self.saw(f"asked its motor to end after {asked:.0f} ms, no child left "
                 f"after {gone:.0f} ms, latched")
        # For how long it waits for what hangs is another row's.
        robot.kill()

    @fault("threads of ZMQ, of CAF's printer and of the heartbeat hang, and an "
           "emergency comes", "what hangs is left behind: exit code 255")
    def test_an_end_in_spite_of_all(self):
        robot = self.start_held("ZMQbg/IO/0", "ZMQbg/Reaper", "caf.actor",
                                "rr-heartbeat")
        begin = time.monotonic()
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.assertTrue((self.folder / "terminated").exists())
        self.saw(f"exit code 255 after {time.monotonic() - begin:.1f} s")

    @fault("the thread rr-sentry hangs, which sees children end",
           "the robot is disabled, and it is told; an emergency stop by "
           "another way signals all")
    def test_rr_sentry(self):
        robot = self.start_held("rr-sentry")
        safe = self.safe()
        self.saw(f"safe after {safe:.0f} ms, {self.late('sentry')}")
        self.assertEqual(self.run_command("estop").returncode, 0)
        self.wait_until((self.folder / "terminated").exists)
        robot.wait(LIMIT)
        self.assertEqual(robot.returncode, 255)
        self.nothing_is_left()
        self.saw("robot-runtime estop: exit code 255")

    @fault("the thread rr-children hangs, which starts and reaps children",
           "the robot is disabled, and it is told")
    def test_rr_children_is_told(self):
        self.start_held("rr-children")
        safe = self.safe()
        self.saw(f"safe after {safe:.0f} ms, {self.late('children')}")

    @fault("the thread rr-groups hangs, in the kernel that is busy with groups, "
           "and a child ends that is to be restarted",
           "its end is told at once, and that the thread is late; it is started "
           "once its group can be made")
    def test_rr_groups_is_told(self):
        self.start_held("rr-groups", options=(
            '--process.radio.command=["sleep", "60"]',
            "--process.radio.restart=always",
            "--process.radio.restart-delay=1ms"))
        radio = self.process("radio")
        begin = time.monotonic()
        os.kill(radio["pid"], signal.SIGKILL)
        self.wait_until(lambda: self.logged("Process failed"))
        told = 1000 * (time.monotonic() - begin)
        late = self.late("groups")
        self.assertEqual(self.process("radio")["state"], "starting")
        self.held[0].communicate()
        self.wait_until(lambda: self.process("radio")["state"] == "running")
        self.saw(f"end told after {told:.0f} ms, {late}; running again")

    @fault("the thread rr-groups hangs for ever, and a child is to be started",
           "its start fails after ten seconds, and says why")
    def test_rr_groups_and_a_start(self):
        self.start_held("rr-groups", options=(
            '--process.radio.command=["sleep", "60"]',
            "--process.radio.restart=always",
            "--process.radio.restart-delay=1ms"))
        begin = time.monotonic()
        os.kill(self.process("radio")["pid"], signal.SIGKILL)
        self.wait_until(lambda: self.logged("Process failed to start"))
        why = self.logged("Process failed to start")[0]["error"]
        self.assertRegex(why, "group has not been made in time")
        self.saw(f"after {time.monotonic() - begin:.0f} s: {why}")

    @fault("the thread rr-groups hangs, and a stop is ordered",
           "all children end, and so does the runtime")
    def test_rr_groups_and_a_stop(self):
        robot = self.start_held("rr-groups")
        begin = time.monotonic()
        robot.terminate()
        robot.wait(LIMIT)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        self.saw(f"exit code {robot.returncode} after "
                 f"{time.monotonic() - begin:.1f} s")

    # Whether it is told is a matter of where they are held: who wakes a thread
    # that waits on a condition may wait for it, and that is who asks them.
    @fault("the threads that run actors hang (caf.multiplexer)",
           "the robot is disabled")
    def test_caf_multiplexer_is_seen(self):
        self.start_held("caf.multiplexer")
        self.saw(f"safe after {self.safe():.0f} ms")

    @fault("the thread rr-control hangs, and its driver falls silent",
           "the robot is disabled, and it is told")
    def test_rr_control_is_told(self):
        robot = self.start_held()
        station = selfwatch.Station(self)
        self.wait_until(lambda: (self.gamepad() or {}).get("connected", False))
        self.request(self.motor)
        self.hold(robot, "rr-control")
        station.stop()
        safe = self.safe()
        self.saw(f"safe after {safe:.0f} ms, {self.late('control')}")

    @fault("the thread rr-heartbeat hangs", "devices are safe")
    def test_rr_heartbeat_is_seen(self):
        self.start_held("rr-heartbeat")
        self.saw(f"safe after {self.safe():.0f} ms")

    @fault("the thread rr-router hangs", "it is told")
    def test_rr_router_is_told(self):
        self.start_held("rr-router")
        self.saw(self.late("router"))

    @fault("the thread rr-log-relay hangs", "it is told")
    def test_rr_log_relay_is_told(self):
        self.start_held("rr-log-relay")
        self.saw(self.late("log forwarder"))

    @fault("the thread rr-web hangs, which serves the page",
           "it is told; an orderly stop ends with 1, and names it")
    def test_rr_web_is_told(self):
        robot = self.start_held("rr-web")
        self.saw(self.late("web"))
        robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 1)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        told = [x["error"] for x in named(self.in_log(self.log),
                                          "Unhandled error")]
        self.saw(f"exit code 1: {'; '.join(told)}")
        self.assertTrue(any("web" in x for x in told), told)

    @fault("the thread rr-latch hangs, and an emergency comes",
           "it stops as ever, with 255, and tells that it may not be latched")
    def test_rr_latch(self):
        robot = self.start_held("rr-latch")
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        told = [x["error"] for x in named(self.in_log(self.log),
                                          "Unhandled error")
                if x["actor"] == "latch"]
        self.saw(told[0])

    @fault("the thread rr-signals hangs, and a stop is ordered by a command",
           "an orderly stop: exit code 0, or 1 for what hangs")
    def test_rr_signals_and_a_command(self):
        robot = self.start_held("rr-signals")
        self.run_command("stop")
        self.assertIn(robot.wait(LIMIT), (0, 1))
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        self.saw(f"exit code {robot.returncode}")


def add_row(name):
    @fault(f"the thread {name} hangs, and an emergency comes",
           "no thread but that which sees the cause has a part in it: others "
           "are asked to end, and are gone")
    def test(self):
        self.emergency(name)

    row = name.lower().replace("/", "_").replace("-", "_").replace(".", "_")
    setattr(Threads, "test_" + row, test)


for each in THREADS:
    add_row(each)

if __name__ == "__main__":
    run_faults()
