#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a program on the public header alone may pick for itself: clocks, actors
of its own, children.
usage: peer_processes.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import json
import os
import select
import signal

from peer_case import LIMIT
from peer_resources_case import Case, run_tests


class Processes(Case):
    def test_spin_calls_at_once_and_ends_when_told(self):
        peer = self.pick("spin-and-end")
        self.assertEqual(peer.wait(), 0)
        ticks = [x for x in peer.lines if x.startswith("tick")]
        self.assertEqual(ticks, ["tick 1", "tick 2", "tick 3"])
        peer = self.pick("slowly", "never")
        peer.wait_for("at once")
        self.assertEqual(peer.stop(), 0)
        self.assertNotIn("never", peer.lines)

    def test_an_actor_of_ones_own_ends_when_it_is_done(self):
        peer = self.pick("own")
        peer.wait_for("countdown 0")
        self.assertEqual(peer.stop(), 0)
        self.assertEqual(self.pick("own-emergency").wait(), 255)

    def test_health(self):
        peer = self.pick("health")
        self.assertEqual(peer.wait(), 0)
        self.assertIn("health 1 1 1", peer.lines)
        self.assertIn("Health check", "".join(peer.lines))

    def child(self, script) -> tuple:
        return ("--", "/bin/sh", "-c", script)

    def events(self, peer) -> list:
        return [
            x["event"] for x in peer.events() if x.get("process") == "child"
        ]

    def test_a_child_that_ends_well(self):
        peer = self.pick("supervise", *self.child("echo hello $RR_ROUTER_BACKEND"))
        # Its last line and its end come by two threads.
        peer.wait_for("Process exited normally")
        self.assertEqual(peer.stop(), 0)
        self.assertIn("hello ipc://", "".join(peer.lines))

    def test_a_child_that_fails_stops_it_or_not(self):
        peer = self.pick("supervise", *self.child("exit 3"))
        self.assertEqual(peer.wait(), 1)
        self.assertIn("Process failed", self.events(peer))
        peer = self.pick("supervise-ignored", *self.child("exit 3"))
        peer.wait_for("Process failed")
        self.assertEqual(peer.stop(), 0)

    def test_a_child_that_raises_an_emergency_stops_it(self):
        peer = self.pick("supervise-ignored", *self.child("exit 255"))
        self.assertEqual(peer.wait(), 255)
        self.assertIn("Received emergency stop", self.events(peer))

    def test_a_child_is_terminated_with_its_program(self):
        peer = self.pick("supervise", *self.child("sleep 1000 & wait"))
        peer.wait_for("Process started")
        self.assertEqual(peer.stop(), 0)
        self.assertIn("Terminated process", self.events(peer))
        peer = self.pick("supervise", *self.child("trap '' TERM; echo deaf; sleep 1000"))
        peer.wait_for('"event":"deaf"')
        peer.child.send_signal(signal.SIGTERM)
        peer.wait_for("Application is exiting")
        peer.wait()
        self.assertIn("Killed process", self.events(peer))

    def test_nothing_of_a_child_outlives_a_program_that_is_killed(self):
        peer = self.pick(
            "supervise",
            *self.child("setsid sh -c 'echo daemon $$; exec sleep 1000' & wait"),
        )
        line = json.loads(peer.wait_for('"event":"daemon '))
        daemon = os.pidfd_open(int(line["event"].split()[1]))
        self.addCleanup(os.close, daemon)
        peer.child.send_signal(signal.SIGKILL)
        # Readable once it has ended.
        self.assertTrue(select.select([daemon], [], [], LIMIT)[0])

    def test_a_child_that_is_ended_by_its_resource(self):
        peer = self.pick("supervise-and-end", *self.child("sleep 1000"))
        peer.wait_for("one child")
        # Its program may not have been executed yet.
        peer.wait_for("Terminated process",
                      "Process was stopped before it started")
        self.assertEqual(peer.stop(), 0)

    def test_a_child_without_a_command_is_refused(self):
        self.assertIn(
            "supervise child: expected a command",
            self.failed("supervise-nothing"),
        )


if __name__ == "__main__":
    run_tests()
