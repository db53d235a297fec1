#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: an exception in each of its actors, and each of them
killed.
usage: actors.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE] [ROW...]
"""

from fault_case import run_faults  # first: it knows the other folder

from actors_case import ActorsCase, add_rows
from runtime_case import named


class Actors(ActorsCase):
    def fails_by(self, what, actor):
        robot = self.faulty()
        self.befall(what, actor)
        events = self.ends(robot, 1)
        last = named(events, "Application is exiting")[-1]
        self.assertEqual(last["exit_code"], 1)
        if actor != "application":
            self.names_it(events, actor)
            # In order, as far as somebody is there to see to it.
            if actor != "process-supervisor":
                self.assertTrue((self.folder / "terminated").exists())
        self.saw(last["reason"])

    def throws(self, actor):
        self.fails_by("throws", actor)

    def is_killed(self, actor):
        self.fails_by("killed", actor)


PROMISE = ("children asked to end first, as far as an actor is left for it; "
           "exit code 1 with the reason")
add_rows(Actors, "throws", "an exception in a handler of the actor {}",
         PROMISE, Actors.throws)
add_rows(Actors, "is_killed", "the actor {} is killed", PROMISE,
         Actors.is_killed)

if __name__ == "__main__":
    run_faults()
