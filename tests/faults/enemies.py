#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Somebody who may do what the runtime's user may, and does it while the robot
runs: to its shared memory, its state directory and its runtime directory.
usage: enemies.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import os
import random
import signal
import stat
import threading
from pathlib import Path

from fault_case import fault, run_faults
from outside_case import OutsideCase
from remains import Remains

from control import packet
from robot_case import LIMIT, MOTOR

SLEEPER = '["sleep","1000"]'


class Scribbler:
    """Writes random bytes to a file again and again; but not to the lock of a
    buffer, which must be believed, as docs/buffers.md says."""

    def __init__(self, test, path):
        self.path = path
        self.over = threading.Event()
        self.rounds = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        test.addCleanup(self.stop)
        self.thread.start()

    def run(self):
        draw = random.Random(1)
        with open(self.path, "r+b", 0) as file:
            header = file.read(344)
            size = os.fstat(file.fileno()).st_size
            lock = range(0)
            if header.startswith(b"rrbuffer"):
                begin = int.from_bytes(header[200:208], "little")
                lock = range(begin, begin + header[188])
            while not self.over.is_set():
                at = draw.randrange(size)
                end = min(size, at + draw.randrange(200))
                if end <= lock.start or lock.stop <= at:
                    file.seek(at)
                    file.write(draw.randbytes(end - at))
                    self.rounds += 1

    def stop(self):
        self.over.set()
        self.thread.join(LIMIT)
        return self.rounds


class Enemies(OutsideCase):
    def memory(self, name):
        return Path("/dev/shm") / f"{self.prefix}-{name}"

    def goes_on(self, what):
        """That it answers, stops in order, and leaves nothing."""
        self.assertEqual(self.ask("ping"), (None, "pong"))
        took = self.ends_well()
        left = list(Path("/dev/shm").glob(self.prefix + "-*"))
        self.assertEqual(left, [])
        self.saw(f"{what}; stopped in {took * 1e3:.0f} ms, nothing left")

    # -- shared memory ---------------------------------------------------------

    def scribbled(self, name, use):
        """Has the robot use an object while somebody writes to it."""
        self.make_motor()
        uid = str(MOTOR)
        self.wait_until(lambda: uid in (self.ask("list_uids")[1] or []))
        enemy = Scribbler(self, self.memory(name))
        for i in range(40):
            use(i)
            self.assertEqual(self.ask("ping"), (None, "pong"))
            self.assertIsNone(self.robot.poll())
        return enemy.stop()

    @fault("a device's shared memory is written over at random while in use",
           "readers get values or an error, and neither hang nor crash; the "
           "robot goes on")
    def test_a_device_written_over(self):
        self.start_robot()
        codes = set()

        def use(i):
            self.ask("list_uids")
            if i % 4 == 0:
                shown = self.run_command("buffers", "show", str(MOTOR),
                                         "--format=json")
                codes.add(shown.returncode)

        rounds = self.scribbled(f"motor-{MOTOR}", use)
        self.assertLessEqual(codes, {0, 1})
        self.goes_on(f"{rounds} writes, `buffers show` ended with "
                     f"{sorted(codes)}")

    @fault("a gamepad's shared memory is written over at random while driven",
           "what the buffer does not take is counted; the robot goes on")
    def test_a_gamepad_written_over(self):
        self.start_robot("--control.timeout=100ms")
        driver = self.driver()
        driver.send(packet(lx=0.5))
        self.wait_until(self.memory("gamepad-0").exists)

        def use(i):
            driver.send(packet(lx=i / 100))

        rounds = self.scribbled("gamepad-0", use)
        control = self.status()["control"]
        self.goes_on(f"{rounds} writes, {control['accepted']} packets obeyed, "
                     f"{control['unwritten']} unwritten")

    @fault("the robot's state and the table of requesters are written over at "
           "random",
           "the runtime neither hangs nor crashes")
    def test_the_state_written_over(self):
        self.start_robot()
        # The table is there once somebody drives a device.
        self.driver().send(packet(lx=0.5))
        self.wait_until(self.memory("requesters").exists)
        rounds = 0
        for name in ("robot-state", "requesters"):
            rounds += self.scribbled(name, lambda _: self.status())
        self.goes_on(f"{rounds} writes")

    @fault("the robot's state is cut short while it is mapped",
           "SIGBUS, as for every mapped file: the runtime dies of it, and all "
           "of its children with it")
    def test_the_state_cut_short(self):
        self.start_robot(f"--process.child.command={SLEEPER}")
        self.wait_until(
            lambda: self.status()["processes"][0]["state"] == "running"
        )
        remains = Remains(self.robot.pid, self.folder, self.prefix, [self.port])
        self.addCleanup(remains.close)
        os.truncate(self.memory("robot-state"), 0)
        self.assertEqual(self.robot.wait(LIMIT), -signal.SIGBUS)
        left, took = remains.wait_until_gone(remains.living, LIMIT)
        self.assertEqual(left, [])
        self.start_robot()
        self.goes_on(f"died of SIGBUS, its child {took * 1e3:.0f} ms later; "
                     "the next one started")

    @fault("names of devices are taken by a fifo, a device, a link, a folder "
           "and an empty file",
           "none is opened as a device, nothing waits, the robot goes on")
    def test_names_that_are_taken(self):
        self.start_robot()
        precious = self.folder / "precious"
        precious.write_text("untouched")
        names = [self.memory(f"motor-{MOTOR + i}") for i in range(5)]
        os.mkfifo(names[0])
        os.mknod(names[1], stat.S_IFCHR | 0o600, os.makedev(1, 3))
        names[2].symlink_to(precious)
        names[3].mkdir()
        names[4].touch(0o600)
        pad = self.memory("gamepad-0")
        os.mkfifo(pad)
        driver = self.driver()

        def refused():
            driver.send(packet(lx=1))
            return self.status()["control"]["unwritten"] > 0

        self.wait_until(refused)
        for _ in range(20):
            self.assertEqual(self.ask("list_uids"), (None, []))
        pad.unlink()
        self.wait_until(lambda: driver.send(packet(lx=1)) and self.gamepad())
        self.assertEqual(self.ask("ping"), (None, "pong"))
        self.ends_well()
        self.assertEqual(precious.read_text(), "untouched")
        self.saw("five names, none listed; a gamepad whose name was taken was "
                 "refused until it was free")

    # -- files -----------------------------------------------------------------

    def replaced(self, path, how):
        """Puts something else there. Returns a file that stays as it is."""
        precious = self.folder / "precious"
        precious.write_text("untouched")
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        if how == "fifo":
            os.mkfifo(path)
        elif how == "link":
            path.symlink_to(precious)
        elif how == "device":
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 7))
        elif how == "folder":
            path.mkdir()
        return precious

    @fault("the latch's name is taken by a fifo, a link, a device and a folder "
           "while the robot runs",
           "an emergency stop ends as always, and no robot starts until it is "
           "reset; what a link names is not touched")
    def test_a_latch_that_is_taken(self):
        latch = self.folder / "state" / "latch.json"
        told = {}
        for how in ("fifo", "link", "device", "folder"):
            with self.subTest(how):
                self.start_robot()
                precious = self.replaced(latch, how)
                done = self.run_command("estop")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.robot.wait(LIMIT), 255)
                self.assertEqual(precious.read_text(), "untouched")
                kept = latch.is_file() and not latch.is_symlink()
                told[how] = "replaced" if kept else "left"
                refused = self.run_command("run")
                self.assertEqual(refused.returncode, 3, refused.stderr)
                if how == "folder":
                    latch.rmdir()
                else:
                    done = self.run_command("estop", "--reset")
                    self.assertEqual(done.returncode, 0, done.stderr)
        self.saw("exit code 255, then 3 until the reset: " + ", ".join(
            f"{how} {what}" for how, what in told.items()
        ))

    @fault("the files of records are replaced by a fifo, a link, a device and "
           "a folder while the robot runs",
           "nothing waits for them, children are ended and started as always; "
           "what a link names is not touched")
    def test_records_that_are_taken(self):
        for how in ("fifo", "link", "device", "folder"):
            with self.subTest(how):
                self.start_robot(f"--process.child.command={SLEEPER}",
                                 log=f"{how}.log")
                for name in ("ends.jsonl", "runs.jsonl"):
                    path = self.folder / "state" / name
                    precious = self.replaced(path, how)
                for _ in range(3):
                    error, status = self.ask("restart_process", "child")
                    self.assertIsNone(error)
                    self.assertEqual(status["state"], "running")
                self.assertEqual(self.ask("ping"), (None, "pong"))
                self.assertLess(self.ends_well(), 5)
                self.assertEqual(precious.read_text(), "untouched")
                explained = self.run_command("explain")
                self.assertIn(explained.returncode, (0, 1))
        self.saw("three restarts and an orderly stop in each")

    @fault("sockets of the runtime directory are removed and put elsewhere",
           "who is connected stays so, and the robot is stopped by signal as "
           "always")
    def test_sockets_that_are_removed(self):
        self.start_robot()
        run = self.folder / "run"
        removed = 0
        for path in list(run.iterdir()):
            if stat.S_ISSOCK(path.lstat().st_mode):
                path.unlink()
                os.mkfifo(path)
                removed += 1
        self.assertGreater(removed, 2)
        self.goes_on(f"{removed} sockets replaced by fifos, a call answered")

    @fault("the lock of the runtime directory is removed, and a second runtime "
           "started",
           "it is refused: the first still owns the robot's state")
    def test_a_lock_that_is_removed(self):
        self.start_robot()
        (self.folder / "run" / "lock").unlink()
        second = self.run_command("run")
        self.assertEqual(second.returncode, 1, second.stderr)
        lines = [x for x in second.stderr.splitlines()
                 if not x.startswith("warning:")]
        self.assertEqual(len(lines), 1, second.stderr)
        self.goes_on(f"refused: {lines[0].removeprefix('robot-runtime: ')}")


if __name__ == "__main__":
    run_faults()
