#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children that say nothing of themselves, or what is not so.
usage: child_readiness.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import os

from child_faults import SLEEPER, ChildFaults, descriptors_of, shell
from fault_case import fault, run_faults

STAY = "signal.pause()\n"


class Readiness(ChildFaults):
    # -- not ready ------------------------------------------------------------

    @fault("a child never becomes ready",
           "a failure for that, and the robot stops; nobody after it starts")
    def test_never_ready(self):
        robot = self.start_run(
            child=dict(SLEEPER, ready="notify", ready_timeout="100ms"),
            later=dict(SLEEPER, after=["child"]),
        )
        code, events = self.to_its_end(robot)
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["reason"]), (1, "not ready in time"))
        self.assertEqual(self.named(events, "Process started", "later"), [])
        self.saw("failed: not ready in time; the later one never started")

    @fault("a child asks for more time to become ready, again and again, and "
           "then falls silent", "it gets that time, and fails after it")
    def test_asks_for_time(self):
        robot = self.start_run(
            child=self.child(
                "for i in range(5):\n"
                "    say('EXTEND_TIMEOUT_USEC=1000000')\n"
                "    print('asked', flush=True)\n"
                "    signal.sigtimedwait([], 0.5)\n" + STAY,
                ready="notify", ready_timeout="2s",
            )
        )
        code, events = self.to_its_end(robot)
        asked = len(self.named(events, "asked"))
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["reason"]), (1, "not ready in time"))
        # The last one after its ready-timeout.
        self.assertEqual(asked, 5)
        self.saw(f"asked {asked} times, then failed: not ready in time")

    @fault("a child exits with 0 before it is ready",
           "no failure, but nobody after it starts")
    def test_ends_before_it_is_ready(self):
        robot = self.robot(
            child=shell("exit 0", ready="notify"),
            later=dict(SLEEPER, after=["child"]),
        )
        self.wait_for(robot, "Process exited normally")
        self.assertEqual(self.process("later")["state"], "waiting")
        events = self.stops_in_order(robot)
        self.assertEqual(self.named(events, "Process started", "later"), [])
        self.saw("a normal end; the later one waits for ever")

    # -- watchdog and probe ---------------------------------------------------

    @fault("a child misses its watchdog", "it fails for that")
    def test_misses_its_watchdog(self):
        robot = self.start_run(
            child=self.child("say('READY=1')\n" + STAY, ready="notify",
                             watchdog="200ms")
        )
        code, events = self.to_its_end(robot)
        self.one(events, "Process ready")
        missed = self.one(events, "Watchdog missed")
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["reason"]), (1, "watchdog missed"))
        self.saw(f"missed by {missed['late_ms']} ms, failed for that")

    @fault("a child says that it stops, and does not",
           "it is ended after its terminate-timeout, as failed")
    def test_says_that_it_stops(self):
        robot = self.start_run(
            child=self.child("say('READY=1')\nsay('STOPPING=1')\n" + STAY,
                             ready="notify", terminate_timeout="200ms")
        )
        code, events = self.to_its_end(robot)
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["reason"]), (1, "did not stop in time"))
        self.saw("failed: did not stop in time")

    @fault("a child's probe hangs, deaf to SIGTERM, with a session of its own",
           "each is killed with all of it; past its limit the child fails")
    def test_probe_hangs(self):
        hang = f"trap '' TERM; setsid sleep {self.mark} & sleep {self.mark}"
        robot = self.start_run(
            child=dict(SLEEPER, probe=["/bin/sh", "-c", hang],
                       probe_interval="20ms", probe_timeout="200ms")
        )
        code, events = self.to_its_end(robot)
        failures = [x["failures"] for x in self.named(events, "Probe failed")]
        failed = self.one(events, "Process failed")
        self.assertEqual((code, failed["reason"]), (1, "probe failed 3 times"))
        self.assertEqual(failures, [1, 3])
        self.assertEqual(self.sleepers(), [])
        self.saw("failed: probe failed 3 times; nothing of the probes left")

    @fault("a child's probe exits with 255, the emergency-stop code",
           "a probe that failed, and no emergency")
    def test_probe_exits_255(self):
        robot = self.start_run(
            child=dict(SLEEPER, probe=["/bin/sh", "-c", "exit 255"],
                       probe_interval="20ms")
        )
        code, events = self.to_its_end(robot)
        self.assertEqual(code, 1)
        self.assertEqual(self.named(events, "Received emergency stop"), [])
        self.assertEqual(self.one(events, "Process failed")["reason"],
                         "probe failed 3 times")
        self.saw("failed: probe failed 3 times; exit code 1")

    # -- what is not so -------------------------------------------------------

    def said_in_vain(self, script):
        """A child that says something, and then that it is ready.
        @returns the events until then, and how it is then."""
        robot = self.robot(
            child=self.child(script + "say('READY=1')\n" + STAY, ready="notify")
        )
        events = []
        for event in self.lines(robot):
            events.append(event)
            if event["event"] == "Process ready":
                break
        child = self.process()
        self.assertEqual(child["state"], "running")
        return robot, events, child

    @fault("a child sends MAINPID of a stranger, of process 1, of the runtime "
           "and of none", "refused, and the child stays the child")
    def test_foreign_main_pid(self):
        script = (
            f"for each in ({os.getpid()}, 1, os.getppid(), 0, -1, 2**31 - 1,"
            " 10**30):\n    say(f'MAINPID={each}')\n"
        )
        robot, events, child = self.said_in_vain(script)
        started = self.one(events, "Process started")
        refused = self.named(events, "Notification refused")
        self.assertEqual(child["pid"], started["pid"])
        # Once of a kind: nobody floods the log by it.
        self.assertEqual(len(refused), 1, refused)
        self.assertIn(f"MAINPID={os.getpid()}", refused[0]["reason"])
        ended = self.one(self.stops_in_order(robot), "Terminated process")
        self.assertEqual(ended["pid"], started["pid"])
        self.saw(refused[0]["reason"].replace(str(os.getpid()), "STRANGER"))

    @fault("a child sends texts that are none, too long ones, and 10,000 more",
           "refused once, and its word that it is ready is heard")
    def test_notifications_that_are_none(self):
        script = (
            "for each in (b'', b'\\0', b'\\xff' * 99, b'=\\n=\\n\\n', b'READY',"
            " b'READY=1\\0X', b'A' * 60000, b'WATCHDOG_USEC=-1',"
            " b'EXTEND_TIMEOUT_USEC=99999999999999999999'):\n"
            "    _s.sendto(each, os.environ['NOTIFY_SOCKET'])\n"
            "for i in range(10000): say('STATUS=' + str(i))\n"
            "say('STATUS=\\x1b[31mred')\n"
        )
        robot, events, child = self.said_in_vain(script)
        refused = self.named(events, "Notification refused")
        self.assertEqual(len(refused), 1, refused)
        self.assertNotIn("\x1b", child["status_text"])
        self.stops_in_order(robot)
        self.saw(f"refused: {refused[0]['reason']}; ready all the same")

    @fault("a child sends 2,000 descriptors with its notifications",
           "the runtime keeps none")
    def test_sends_descriptors(self):
        script = (
            "file = os.open('/dev/null', os.O_RDONLY)\n"
            "_s.connect(os.environ['NOTIFY_SOCKET'])\n"
            "for i in range(10):\n"
            "    socket.send_fds(_s, [b'FDSTORE=1'], [file] * 200)\n"
            "print('sent', flush=True)\n"
            f"while not os.path.exists('{self.folder}/go'):\n"
            "    signal.sigtimedwait([], 0.01)\n"
        )
        robot = self.robot(
            child=self.child(script + "say('READY=1')\n" + STAY,
                             ready="notify", ready_timeout="100s")
        )
        self.wait_line(robot, "sent")
        self.go()
        self.wait_for(robot, "Process ready")
        count = descriptors_of(robot.pid)
        self.assertLess(count, 500)
        self.stops_in_order(robot)
        self.saw(f"{count} descriptors open")

    @fault("a child names itself like a line of /proc that says it is dead and "
           "another's", "it is heard, and told with its figures")
    def test_hostile_name(self):
        script = (
            "open('/proc/self/comm', 'w').write(') Z 1 1 1 (')\n"
            "for i in range(10**5): pass\n"
        )
        robot, events, child = self.said_in_vain(script)
        self.assertEqual(self.named(events, "Notification refused"), [])
        self.assertGreater(child["resident_kib"], 0)
        self.assertGreaterEqual(child["cpu"], 0)
        self.stops_in_order(robot)
        self.saw(f"ready; {child['resident_kib']} KiB")

    @fault("a child says that it is ready by a grandchild in a session of its "
           "own, which is gone at once", "heard as the child's word")
    def test_ready_by_a_grandchild(self):
        script = (
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    say('READY=1')\n"
            "    os._exit(0)\n"
            "os.wait()\n" + STAY
        )
        for _ in range(3):
            self.setUp_again()
            robot = self.robot(child=self.child(script, ready="notify",
                                                ready_timeout="5s"))
            self.wait_ready()
            self.stops_in_order(robot)
        self.saw("ready 3 times of 3")


if __name__ == "__main__":
    run_faults()
