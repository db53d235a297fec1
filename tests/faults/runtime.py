#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: signals, and where and how it is started.
usage: runtime.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import contextlib
import json
import os
import signal
import subprocess
import time

from fault_case import fault, run_faults  # first: it knows the other folder

import selfwatch
import surroundings
from robot_case import LIMIT
from runtime_case import RuntimeFault, named
from surrounded_case import shell

STUBBORN = ["sh", "-c", "trap '' TERM; : > ready2; "
            "while :; do sleep 0.05; done"]

# What stops or kills a program cannot be ignored; of the signals that are
# numbered only, the first and the last.
SIGNALS = [x for x in range(1, 32) if x not in (9, 19)] + [
    signal.SIGRTMIN, signal.SIGRTMAX]


class Deaths(RuntimeFault):
    """It dies of a signal, or stands still."""

    def dies(self, number):
        robot = self.launch(shell("ulimit -c 0"))
        _, motor = self.devices()
        self.request(motor)
        seen = selfwatch.Observer(self, lambda: motor.requested("duty_cycle"))
        self.wait_until(lambda: seen.seen)
        moment = time.monotonic()
        robot.send_signal(number)
        robot.wait(LIMIT)
        left = self.nothing_is_left()
        self.wait_until(lambda: len(
            seen.values_since(moment + selfwatch.SAFE_WITHIN)) >= 10)
        seen.stop()
        self.assertEqual(
            set(seen.values_since(moment + selfwatch.SAFE_WITHIN)), {0.0})
        last = max(x for x, value in seen.seen if value == 0.5)
        self.saw(f"its two children were gone within {left:.0f} ms")
        self.saw("its motor was safe after "
                 f"{1000 * max(0, last - moment):.0f} ms")
        (self.folder / "ready").unlink()
        events = self.stops_in_order(self.launch([]))
        told, = named(events, "Previous run did not end in order")
        self.saw(f"the next start told of it: {told['reason']}")

    @fault("the runtime gets SIGKILL",
           "nothing outlives it, devices are safe after 100 ms, and the next "
           "start tells of it")
    def test_sigkill(self):
        self.dies(signal.SIGKILL)

    @fault("the runtime crashes by SIGSEGV",
           "nothing outlives it, devices are safe after 100 ms, and the next "
           "start tells of it")
    def test_sigsegv(self):
        self.dies(signal.SIGSEGV)

    @fault("the runtime gets SIGSTOP, and SIGCONT while a driver drives on",
           "devices are safe meanwhile, nothing from before is obeyed "
           "afterwards, and it is told for how long it stood still")
    def test_sigstop_and_sigcont(self):
        robot = self.launch([])
        opened, motor = self.devices()
        self.request(motor)
        station = selfwatch.Station(self)
        self.wait_until(lambda: (self.gamepad() or {}).get("connected", False))
        pad = opened("gamepad", 0)
        self.wait_until(lambda: pad.get("joystick_left_x") == 1)
        self.hold_still(robot)
        self.wait_until(lambda: motor.requested("duty_cycle") == 0)
        seen = selfwatch.Observer(self, lambda: motor.requested("duty_cycle"))
        robot.send_signal(signal.SIGCONT)
        self.wait_until(lambda: pad.get("joystick_left_x") == 0)
        self.wait_until(lambda: self.status()["control"]["too_old"] > 0)
        station.stop()
        seen.stop()
        self.assertEqual({value for _, value in seen.seen}, {0.0})
        old = self.status()["control"]["too_old"]
        told, = named(self.stops_in_order(robot), "Runtime stood still")
        self.assertGreaterEqual(told["ms"], 100)
        self.saw(f"stood still for {told['ms']} ms; the motor's old request "
                 f"was followed no more, {old} packets were too old")


class Signals(RuntimeFault):
    @fault("SIGTERM twice, while a child ignores it",
           "the second one kills what is left at once: exit code 1")
    def test_sigterm_twice(self):
        robot = self.launch(
            [], f"--process.stubborn.command={json.dumps(STUBBORN)}",
            f"--process.stubborn.directory={self.folder}",
            "--process.stubborn.terminate-timeout=600s")
        self.wait_until((self.folder / "ready2").exists)
        robot.terminate()
        self.wait_until((self.folder / "terminated").exists)
        begin = time.monotonic()
        robot.terminate()
        events = self.ended(robot, 1)
        took = time.monotonic() - begin
        self.nothing_is_left()
        last, = named(events, "Application is exiting")
        self.saw(f"gone {1000 * took:.0f} ms after the second: "
                 f"{last['reason']}")

    @fault("SIGHUP where there is no terminal",
           "the configuration is read again, and nothing ends")
    def test_sighup_without_a_terminal(self):
        robot = self.launch([], start_new_session=True)
        for _ in range(2):
            robot.send_signal(signal.SIGHUP)
            told = self.wait_for_event(robot, "Processes reloaded")
            self.assertEqual(told["by"], "SIGHUP")
            self.assertEqual(told["restarted"], "")
        self.stops_in_order(robot)
        self.saw("two of them: no process was touched")

    @fault("SIGHUP, for its terminal closes", "an orderly stop: exit code 0")
    def test_sighup_of_a_terminal(self):
        robot, master, log = self.on_terminal()
        os.close(master)
        self.assertEqual(robot.wait(LIMIT), 0)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        last, = named(self.in_log(log), "Application is exiting")
        self.assertEqual(last["reason"], "SIGHUP")
        self.saw(f"{last['reason']}, exit code {last['exit_code']}")

    @fault("its terminal's output is held (Ctrl-S), then an emergency",
           "nothing that stops waits for standard output: exit code 255")
    def test_a_terminal_that_is_held(self):
        robot, master, log = self.on_terminal(
            '--process.noise.command=["yes"]')
        self.addCleanup(os.close, master)
        os.write(master, b"\x13")
        self.wait_until(
            lambda: named(self.in_log_so_far(log), "Log events dropped"))
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        latency = self.latency(self.in_log_so_far(log))
        self.saw(f"exit code 255, signalled in {latency} us")

    def in_log_so_far(self, log):
        """The last line may be half a one."""
        lines = log.read_text().splitlines(True)
        return [json.loads(x) for x in lines if x.endswith("\n")]

    @fault("SIGQUIT", "an orderly stop: exit code 0")
    def test_sigquit(self):
        events = self.stops_in_order(self.launch([]), signal.SIGQUIT)
        last, = named(events, "Application is exiting")
        self.assertEqual(last["reason"], "SIGQUIT")
        self.saw(f"{last['reason']}, exit code {last['exit_code']}")

    @fault("20,000 signals that mean nothing, and an emergency among them",
           "no signal that is no stop keeps one up: exit code 255")
    def test_a_flood_of_signals(self):
        log = self.folder / "robot.log"
        robot = self.launch([], f"--log.file={log}")
        for i in range(20000):
            # These wait in a queue, one by one.
            robot.send_signal(signal.SIGRTMIN + i % 8)
            if i == 10000:
                (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.assertTrue((self.folder / "terminated").exists())
        latency = self.latency(self.in_log(log))
        self.saw(f"exit code 255, signalled in {latency} us")


class Starts(RuntimeFault):
    def under(self, how):
        """An emergency with each signal in such a state, and a SIGTERM with
        all of them."""
        for number in SIGNALS:
            with self.subTest(signal=number):
                self.clear()
                self.stops_in_emergency(
                    self.launch(["env", f"{how}={int(number)}"]))
        self.clear()
        self.stops_in_order(self.launch(["env", how]))
        self.saw(f"{len(SIGNALS)} signals one by one: each emergency ended "
                 "with 255 and asked the motor to end before; all at once: "
                 "SIGTERM ended with 0")

    @fault("started with each signal ignored, and with all",
           "no disposition changes a promise")
    def test_each_signal_ignored(self):
        self.under("--ignore-signal")

    @fault("started with each signal blocked, and with all",
           "no mask changes a promise")
    def test_each_signal_blocked(self):
        self.under("--block-signal")

    def wait_for_progress(self, robot, step):
        """Until it has opened so many files, of the fifty of its start."""
        opened = f"/proc/{robot.pid}/fd"
        with contextlib.suppress(FileNotFoundError):  # it has ended
            while robot.poll() is None and len(os.listdir(opened)) < step:
                pass

    @fault("SIGTERM at whatever instant of its start",
           "it ends with 0, or of SIGTERM before it has started anything, and "
           "leaves nothing")
    def test_sigterm_while_it_starts(self):
        codes = []
        for step in range(40):
            robot = self.spawn(
                [self.copy, "run", f"--config-file={self.folder}/robot.ini",
                 *self.options])
            self.wait_for_progress(robot, step)
            robot.terminate()
            robot.communicate(timeout=LIMIT)
            codes.append(robot.returncode)
            self.assertIn(robot.returncode, (0, -signal.SIGTERM))
            self.nothing_is_left()
            self.assertEqual(self.shared_objects(), [])
        self.assertIn(0, codes)
        self.saw(f"of 40 instants {codes.count(0)} ended with 0, "
                 f"{codes.count(-15)} before there was anything")

    @fault("SIGKILL at whatever instant of its start",
           "no child is left, and the next start works")
    def test_sigkill_while_it_starts(self):
        for step in range(40):
            robot = self.spawn(
                [self.copy, "run", f"--config-file={self.folder}/robot.ini",
                 *self.options])
            self.wait_for_progress(robot, step)
            robot.kill()
            robot.communicate(timeout=LIMIT)
            self.nothing_is_left()
        (self.folder / "ready").unlink(missing_ok=True)
        self.stops_in_order(self.launch([]))
        self.assertEqual(self.shared_objects(), [])
        self.saw("40 instants within 80 ms: no child was left, the next start "
                 "and stop left nothing")

    @fault("started as process 1, where daemons come and go",
           "it stops as ever, and reaps what it adopts")
    def test_process_1(self):
        prefix = ["unshare", "--pid", "--fork", "--mount-proc"]
        if not surroundings.can(prefix):
            self.skipTest("no namespace of process ids can be made here")
        # Daemons that outlive whoever has started them.
        child = ["sh", "-c", "for i in 1 2 3 4 5; do (setsid sh -c "
                 "'sleep 0.05; : > done-'$i &); done; sleep 1000"]
        robot = self.launch(
            prefix, f"--process.daemons.command={json.dumps(child)}",
            f"--process.daemons.directory={self.folder}")
        self.wait_until(lambda: all(
            (self.folder / f"done-{i}").exists() for i in range(1, 6)))
        runtime = surroundings.children_of(robot.pid)[0]
        self.wait_until(lambda: self.zombies(runtime) == 0)
        self.stops_in_emergency(robot)
        self.saw("five daemons ended, none stayed a zombie; an emergency "
                 "ended with 255")

    def zombies(self, parent):
        stats = subprocess.run(["ps", "-o", "stat=", "--ppid", parent],
                               capture_output=True, text=True).stdout
        return stats.split().count("Z")

    @fault("started without standard descriptors",
           "no descriptor changes a promise, and none is taken for another's")
    def test_no_standard_descriptors(self):
        log = self.folder / "robot.log"
        robot = self.launch(shell("exec <&- >&- 2>&-"), f"--log.file={log}")
        self.stops_in_emergency(robot)
        latch = json.loads((self.folder / "state/latch.json").read_text())
        self.assertEqual(latch["process"], "battery")
        events = self.in_log(log)
        self.saw(f"exit code 255, latched, {len(events)} events whole in its "
                 "log file")

    @fault("a standard output that nobody reads, full",
           "a reader that does not read delays nothing: exit code 255")
    def test_standard_output_that_nobody_reads(self):
        log = self.folder / "robot.log"
        robot = self.launch([], '--process.noise.command=["yes"]',
                            f"--log.file={log}")
        self.wait_until(lambda: "standard output loses events" in [
            x["what"] for x in self.status()["held_by"]])
        # Of the pipe nothing is read before it has ended.
        begin = time.monotonic()
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        took = time.monotonic() - begin
        self.assertTrue((self.folder / "terminated").exists())
        self.nothing_is_left()
        latency = self.latency(self.in_log(log))
        self.saw(f"signalled in {latency} us, gone in {1000 * took:.0f} ms")


if __name__ == "__main__":
    run_faults()
