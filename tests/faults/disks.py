#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: disks that are full or not to be written, and shared
memory that is used up. Small file systems, in rooms of their own.
usage: disks.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import os
import subprocess

from fault_case import fault, run_faults  # first: it knows the other folder

import surroundings
from robot_case import LIMIT
from runtime_case import RuntimeFault, named, own_mounts


def disk(path, size="64k"):
    return f"mount -t tmpfs -o size={size},mode=700 none {path}"


def filled(path):
    return (f"{{ head -c 64M /dev/zero > {path}/fill 2>/dev/null; "
            f"[ -s {path}/fill ]; }}")


class Disks(RuntimeFault):
    def setUp(self):
        super().setUp()
        if not surroundings.can(own_mounts("mount -t tmpfs none /mnt")):
            self.skipTest("nothing can be mounted here")
        self.state = self.folder / "state"

    def is_held(self, what):
        return any(x["what"].startswith(what)
                   for x in self.status()["held_by"])

    # -- the log ---------------------------------------------------------------

    @fault("the disk of its log file is full, and has room again",
           "told, and nothing waits for it: an emergency ends with 255")
    def test_a_full_disk_for_the_log(self):
        place = self.folder / "disk"
        place.mkdir()
        robot = self.launch(own_mounts(disk(place)),
                            f"--log.file={place}/robot.log",
                            "--health.interval=20ms")
        self.within(robot, filled(place))
        what = "the log file loses events"
        self.wait_until(lambda: self.is_held(what))
        self.within(robot, f"rm {place}/fill")
        self.wait_until(lambda: not self.is_held(what))
        self.within(robot, filled(place))
        self.wait_until(lambda: self.is_held(what))
        events = self.stops_in_emergency(robot)
        lost = sum(x["count"] for x in named(events, "Log events dropped")
                   if x.get("sink") == "file")
        self.assertGreater(lost, 0)
        self.saw(f"held by it while it was full, {lost} events counted as "
                 f"lost; signalled in {self.latency(events)} us")

    @fault("standard output is a device that is full (/dev/full)",
           "told, and nothing waits for it: an emergency ends with 255")
    def test_a_full_standard_output(self):
        log = self.folder / "robot.log"
        with open("/dev/full", "w") as full:
            robot = subprocess.Popen(
                [self.copy, "run", f"--config-file={self.folder}/robot.ini",
                 *self.options, f"--log.file={log}",
                 "--health.interval=20ms"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=full,
                stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, robot)
        self.wait_until((self.folder / "ready").exists)
        self.wait_until(
            lambda: self.is_held("standard output loses events"))
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.assertTrue((self.folder / "terminated").exists())
        self.saw("held by it; signalled in "
                 f"{self.latency(self.in_log(log))} us")

    # -- the state directory ---------------------------------------------------

    def in_state(self, *lines):
        self.state.mkdir(0o700)
        # With room for the records of a child that ends each millisecond.
        return own_mounts(" && ".join([disk(self.state, "1m"), *lines]))

    @fault("the disk of its state directory is full when it starts",
           "refused, for a stop could not be latched: exit code 1")
    def test_a_full_disk_at_its_start(self):
        said = self.fails(prefix=self.in_state(filled(self.state)))
        self.assertIn("could not be latched", said)
        self.saw(said)

    @fault("the disk of the latch is full when an emergency comes",
           "told; the robot stops all the same, with 255")
    def test_a_full_disk_for_the_latch(self):
        robot = self.launch(self.in_state())
        self.within(robot, filled(self.state))
        events = self.stops_in_emergency(robot)
        told = [x for x in named(events, "Unhandled error")
                if x["actor"] == "latch"]
        self.assertIn("no space left", told[0]["error"])
        self.saw(f"{told[0]['error']}; signalled in {self.latency(events)} us")

    @fault("the disk of the death records is full, and has room again",
           "told once, and when it is over; children go on as ever")
    def test_a_full_disk_for_records(self):
        robot = self.launch(
            self.in_state(), '--process.lamp.command=["true"]',
            "--process.lamp.restart=always", "--process.lamp.restart-delay=1ms",
            "--process.lamp.restart-max-delay=1ms",
            "--process.lamp.restart-limit=1000000")
        self.within(robot, filled(self.state))
        told = self.wait_for_event(robot, "Unhandled error")
        self.assertEqual(told["actor"], "run-recorder")
        self.within(robot, f"rm {self.state}/fill")
        self.wait_for_event(robot, "State directory can be written again")
        events = self.stops_in_emergency(robot)
        self.assertFalse(named(events, "Unhandled error"))
        self.saw(f"{told['error']}; afterwards latched and recorded as ever")

    @fault("its state directory is read-only when it starts",
           "refused, for a stop could not be latched: exit code 1")
    def test_a_read_only_directory_at_its_start(self):
        said = self.fails(prefix=self.in_state(
            f"mount -o remount,ro {self.state}"))
        self.assertIn("could not be latched", said)
        self.saw(said)

    @fault("its state directory becomes read-only while it runs",
           "it holds the robot; an emergency ends with 255, and tells that it "
           "is not latched")
    def test_a_directory_that_becomes_read_only(self):
        robot = self.launch(self.in_state())
        self.within(robot, f"mount -o remount,ro {self.state}")
        what = "the state directory cannot be written"
        self.wait_until(lambda: self.is_held(what))
        events = self.stops_in_emergency(robot)
        told = [x for x in named(events, "Unhandled error")
                if x["actor"] == "latch"]
        self.assertIn("read-only", told[0]["error"])
        self.saw(f"{told[0]['error']}; signalled in {self.latency(events)} us")

    @fault("its state directory is removed while it runs",
           "it holds the robot; an emergency ends with 255 and is latched, or "
           "tells that it is not")
    def test_a_directory_that_is_removed(self):
        robot = self.launch([])
        self.wait_until((self.state / "runs.jsonl").exists)
        for path in self.state.iterdir():
            path.unlink()
        self.state.rmdir()
        what = "the state directory cannot be written"
        self.wait_until(lambda: self.is_held(what))
        events = self.stops_in_emergency(robot)
        told = [x["error"] for x in named(events, "Unhandled error")
                if x["actor"] == "latch"]
        self.assertTrue(told or (self.state / "latch.json").exists())
        self.saw(told[0] if told else "latched")

    # -- shared memory ---------------------------------------------------------

    @fault("/dev/shm is full when it starts",
           "exit code 1 that says so, and no crash")
    def test_shared_memory_that_is_full_at_its_start(self):
        said = self.fails(prefix=own_mounts(" && ".join(
            [disk("/dev/shm"), filled("/dev/shm")])))
        self.assertIn("no space left", said)
        self.saw(said)

    @fault("/dev/shm is full when a driver's gamepad is to be made",
           "told, the packet is refused; an emergency ends with 255")
    def test_shared_memory_that_is_full_while_it_runs(self):
        robot = self.launch(own_mounts(disk("/dev/shm")))
        self.within(robot, filled("/dev/shm"))
        pad = self.start("gamepad", "--rate=50")
        self.wait_until(
            lambda: self.status()["control"]["unwritten"] > 0)
        self.end(pad)
        events = self.stops_in_emergency(robot)
        told = [x for x in events if "no space left" in str(x)]
        self.assertTrue(told)
        self.saw(f"{told[0]['event']}: "
                 f"{told[0].get('error') or told[0].get('detail')}; signalled "
                 f"in {self.latency(events)} us")

    @fault("its shared objects are removed while it runs",
           "who has mapped them goes on; an emergency disables them and ends "
           "with 255")
    def test_shared_memory_that_is_removed(self):
        robot = self.launch([])
        _, motor = self.devices()
        self.request(motor)
        for name in self.shared_objects():
            os.unlink(f"/dev/shm/{name}")
        self.request(motor)
        events = self.stops_in_emergency(robot)
        self.wait_until(lambda: motor.requested("duty_cycle") == 0)
        self.saw("a request was followed all the same; safe after an "
                 f"emergency, signalled in {self.latency(events)} us")


if __name__ == "__main__":
    run_faults()
