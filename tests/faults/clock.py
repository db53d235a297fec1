#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: the wall clock is set while it runs.
usage: clock.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from fault_case import fault, run_faults  # first: it knows the other folder

import selfwatch
from robot_case import LIMIT, RobotCase
from runtime_case import RuntimeFault, named

DAY = 86_400


class Clock(RuntimeFault):
    def setUp(self):
        super().setUp()
        library = Path(RobotCase.program).parent / "libtest-shifted-clock.so"
        self.clock = self.folder / "clock"
        self.environment |= {"LD_PRELOAD": str(library),
                             "RR_TEST_CLOCK": str(self.clock)}

    def set_clock(self, seconds):
        new = self.folder / "clock.new"
        new.write_text(str(seconds))
        new.rename(self.clock)

    def driven(self):
        """One that is driven, and whose lamp is started again and again."""
        self.log = self.folder / "robot.log"
        robot = self.launch(
            [], f"--log.file={self.log}",
            # A busy machine may be late, but not by a day.
            "--emergency-stop.heartbeat-timeout=5s", "--control.timeout=5s",
            '--process.lamp.command=["sleep","0.02"]',
            "--process.lamp.restart=always", "--process.lamp.restart-delay=1ms",
            "--process.lamp.restart-max-delay=20ms",
            "--process.lamp.restart-limit=1000000")
        opened, self.motor = self.devices()
        self.request(self.motor)
        self.station = selfwatch.Station(self)
        self.wait_until(lambda: (self.gamepad() or {}).get("connected", False))
        self.pad = opened("gamepad", 0)
        self.wait_until(lambda: self.pad.get("joystick_left_x") == 1)
        return robot

    def goes_on(self):
        """Its lamp, its driver and its devices are as they were."""
        def lamp():
            return next(x["restarts"] for x in self.status()["processes"]
                        if x["name"] == "lamp")

        enough = lamp() + 3
        accepted = self.status()["control"]["accepted"] + 10
        self.wait_until(lambda: lamp() >= enough)
        self.wait_until(
            lambda: self.status()["control"]["accepted"] >= accepted)
        self.request(self.motor)
        status = self.status()
        self.assertTrue(0 <= status["uptime"] < LIMIT * 3, status["uptime"])
        self.assertEqual(status["control"]["lost"], 0)
        return status["uptime"]

    def ends(self, robot, off):
        """In an emergency, which is told at the time that it is then."""
        self.station.stop()
        (self.folder / "go").touch()
        self.ended(robot, 255)
        self.assertTrue((self.folder / "terminated").exists())
        events = self.in_log(self.log)
        for name in ("Runtime stood still", "Control lost"):
            self.assertFalse(named(events, name), name)
        latch = json.loads((self.folder / "state/latch.json").read_text())
        then = datetime.fromisoformat(latch["time"].replace("Z", "+00:00"))
        now = datetime.now(timezone.utc) + timedelta(seconds=off)
        self.assertLess(abs(now - then), timedelta(seconds=3 * LIMIT))
        ran = [json.loads(x)["ran"] for x in
               (self.folder / "state/ends.jsonl").read_text().splitlines()]
        self.assertTrue(all(0 <= x < LIMIT * 3 for x in ran), ran)
        done = self.run_command("explain")
        self.assertEqual(done.returncode, 0, done.stderr)
        gone, = named(events, "Application is exiting")
        self.assertTrue(0 <= gone["gone_ms"] < 1000 * LIMIT, gone)
        self.saw(f"signalled in {self.latency(events)} us, gone in "
                 f"{gone['gone_ms']:.0f} ms, latched at the new time")

    def is_set(self, seconds):
        robot = self.driven()
        self.goes_on()
        self.set_clock(seconds)
        uptime = self.goes_on()
        self.saw(f"driver, devices and restarts went on, up for {uptime:.1f} s")
        self.ends(robot, seconds)

    @fault("the wall clock is set back by a day",
           "nothing that stops, waits or watches goes by it")
    def test_back_by_a_day(self):
        self.is_set(-DAY)

    @fault("the wall clock is set forth by a day",
           "nothing that stops, waits or watches goes by it")
    def test_forth_by_a_day(self):
        self.is_set(DAY)

    @fault("the wall clock jumps by a day, back and forth, ten times",
           "nothing that stops, waits or watches goes by it")
    def test_back_and_forth(self):
        robot = self.driven()
        for i in range(10):
            self.set_clock(DAY if i % 2 else -DAY)
            accepted = self.status()["control"]["accepted"]
            self.wait_until(
                lambda: self.status()["control"]["accepted"] > accepted)
        uptime = self.goes_on()
        self.saw(f"driver, devices and restarts went on, up for {uptime:.1f} s")
        self.ends(robot, DAY)


if __name__ == "__main__":
    run_faults()
