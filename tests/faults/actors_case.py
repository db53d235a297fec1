# SPDX-License-Identifier: BSD-3-Clause
"""A robot one actor of which goes wrong (tests/programs/faulty_robot.cpp)."""

import os
from pathlib import Path

from fault_case import fault  # first: it knows the other folder

from robot_case import LIMIT, RobotCase, free_port
from runtime_case import RuntimeFault, named

ACTORS = ("application", "buffer-store", "control-receiver",
          "flight-recorder", "hold-watch", "log-forwarder", "log-publisher",
          "log-subscriber", "process-supervisor", "remote-service", "router",
          "run-recorder", "spin", "status-watch", "update-publisher",
          "web-server")

# What the Application calls them.
NAMES = {"log-subscriber": ("log reader",), "remote-service":
         ("broker-service",), "spin": ("health",),
         "process-supervisor": ("process battery",),
         "application": ("an actor", "application")}


class ActorsCase(RuntimeFault):
    # What hangs is waited for as long.
    grace = "1s"

    def setUp(self):
        super().setUp()
        self.copy = Path(RobotCase.program).parent / "test-faulty-robot"
        self.fifo = self.folder / "faults"
        os.mkfifo(self.fifo)
        self.environment["RR_TEST_FAULTS"] = str(self.fifo)

    def faulty(self):
        self.log = self.folder / "robot.log"
        self.log.unlink(missing_ok=True)
        return self.launch([], f"--log.file={self.log}",
                           f"--web.address=http://127.0.0.1:{free_port()}",
                           "--application.stop-timeout=300ms")

    def befall(self, what, actor):
        # Whoever reads it is there before its actors are.
        with self.fifo.open("w") as faults:
            print(what, actor, file=faults)

    def names_it(self, events, actor):
        told = [x for x in named(events, "Unhandled error")
                if actor.split("-")[0] in x["actor"]
                or x["actor"] in NAMES.get(actor, ())]
        self.assertTrue(told, named(events, "Unhandled error"))
        return f"{told[0]['actor']}: {told[0]['error']}"

    def ends(self, robot, code):
        """@returns its events, the last of which says why it ended."""
        robot.communicate(timeout=LIMIT)
        events = self.in_log(self.log)
        self.assertEqual(robot.returncode, code, events)
        self.nothing_is_left()
        return events


def add_rows(case, name, injected, promise, how):
    """One for each actor."""

    def row(actor):
        @fault(injected.format(actor), promise)
        def test(self):
            how(self, actor)

        return test

    for actor in ACTORS:
        setattr(case, f"test_{actor.replace('-', '_')}_{name}", row(actor))
