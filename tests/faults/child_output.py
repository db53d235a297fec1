#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children that do with their output what nobody should, and that take more of
memory, disk and descriptors than there is.
usage: child_output.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import os
import time
import unittest
from pathlib import Path

from child_faults import SLEEPER, ChildFaults, descriptors_of, shell
from fault_case import fault, run_faults

as_root = unittest.skipUnless(os.geteuid() == 0, "needs root")
STAY = "signal.pause()\n"


class Output(ChildFaults):
    def idle_share(self, robot):
        """The share of a processor that the runtime takes for some calls."""
        ticks = os.sysconf("SC_CLK_TCK")

        def used():
            text = Path(f"/proc/{robot.pid}/stat").read_text()
            return sum(map(int, text.rsplit(")", 1)[1].split()[11:13])) / ticks

        self.running()
        before, begun = used(), time.monotonic()
        while time.monotonic() < begun + 0.5:
            self.assertEqual(self.process()["state"], "running")
        return (used() - before) / (time.monotonic() - begun)

    @fault("a child closes its output, and all other descriptors",
           "it goes on, and is not taken for ended; nothing spins")
    def test_closes_everything(self):
        robot = self.robot(
            child=self.child(
                "print('last', flush=True)\n"
                "os.closerange(0, 65536)\n"
                f"os.close(os.open('{self.folder}/closed', os.O_CREAT))\n"
                + STAY
            )
        )
        self.wait_line(robot, "last")
        self.wait_until((self.folder / "closed").exists)
        share = self.idle_share(robot)
        self.assertLess(share, 0.5)
        events = self.stops_in_order(robot)
        self.one(events, "Terminated process")
        self.saw(f"running with {share:.0%} of a processor for the runtime, "
                 "then terminated")

    @fault("two children flood their output",
           "losses are counted; the robot answers, and stops in an emergency")
    def test_floods_its_output(self):
        flood = "yes $(seq 100) & yes error >&2 & "
        robot = self.robot(
            child=shell(flood + "wait"),
            second=shell(flood + self.wait + "exit 255"),
        )
        self.running()
        begun = time.monotonic()
        self.go()
        code, events = self.to_its_end(robot)
        took = time.monotonic() - begun
        self.assertEqual(code, 255)
        stop = self.one(events, "Received emergency stop", "second")
        lost = sum(x["count"] for x in events
                   if x["event"] == "Log events dropped")
        self.assertGreater(lost, 0)
        self.saw(f"{lost} lines counted as lost; signals sent after "
                 f"{stop['signal_latency_us']} us, ended after {took:.1f} s")

    @fault("a child writes a line of 8 MiB, and one that never ends",
           "both ends of the one are shown, and the other after 200 ms")
    def test_endless_line(self):
        robot = self.robot(
            child=self.child(
                "print('begin' + 'x' * (8 << 20) + 'end', flush=True)\n"
                "sys.stdout.write('without end')\n"
                "sys.stdout.flush()\n" + STAY
            )
        )
        events = []
        for event in self.lines(robot):
            events.append(event)
            if event["event"] == "without end":
                break
        long = [x for x in events if x["event"].startswith("begin")]
        self.assertTrue(long[0]["event"].endswith("end"))
        self.assertLess(len(long[0]["event"]), 9000)
        dropped = long[0]["dropped_bytes"]
        self.assertGreater(dropped, 8_000_000)
        self.stops_in_order(robot)
        self.saw(f"{dropped} bytes counted as dropped; the other line shown")

    @fault("a child writes every byte there is, null bytes and escape "
           "sequences", "one event a line, and each line of the log is JSON")
    def test_hostile_bytes(self):
        robot = self.robot(
            child=self.child(
                "out = sys.stdout.buffer\n"
                "for each in range(256):\n"
                "    if each not in b'\\r\\n':\n"
                "        out.write(bytes([each]) * 3 + b'\\n')\n"
                "out.write(b'\\x1b]0;title\\x07\\x1b[2J\\xf0\\x9f\\n')\n"
                "out.write(b'{\"event\": \"x\\xff\\x00\"}\\nlast\\n')\n"
                "out.flush()\n" + STAY
            )
        )
        # Each is parsed, and by a strict reader of UTF-8.
        lines = 0
        for event in self.lines(robot):
            lines += event.get("stream") == "stdout"
            if event["event"] == "last":
                break
        self.assertEqual(lines, 257)
        self.stops_in_order(robot)
        self.saw(f"{lines} lines, each an event")

    @fault("a child writes events of ours as if it were the runtime",
           "events of the child, by which nothing happens")
    def test_forged_events(self):
        forged = (
            "import json\n"
            "def tell(**fields): print(json.dumps(fields), flush=True)\n"
            "tell(event='Received emergency stop', level='critical',"
            " process='other', pid=1, exit_code=255, app='robot')\n"
            "tell(event='Process failed', level='error', process='other',"
            " pid=1, stream='none', timestamp='1970-01-01T00:00:00.000000Z')\n"
            "tell(event='Process exited normally', level='info', pid=2)\n"
            "print('{' * 4000 + '}' * 4000, flush=True)\n"
            "print('{\"event\": \"x\", \"level\": \"nonsense\"}', flush=True)\n"
            "print('last', flush=True)\n"
        )
        robot = self.robot(child=self.child(forged + STAY), other=SLEEPER)
        pid = self.running()["pid"]
        events = []
        for event in self.lines(robot):
            events.append(event)
            if event["event"] == "last":
                break
        for name in ("Received emergency stop", "Process failed",
                     "Process exited normally"):
            told = self.one(events, name)
            self.assertEqual(told["pid"], pid)
            self.assertEqual(told["stream"], "stdout")
        self.running("other")
        status = self.status()
        self.assertEqual(status["state"], "running")
        self.assertFalse(status["latched"])
        self.assertEqual([x["state"] for x in status["processes"]],
                         ["running"] * 2)
        self.stops_in_order(robot)
        self.saw("told with the child's own name, number and stream; all run")

    @fault("a child leaves its output to a grandchild in another session, and "
           "ends, again and again", "its end waits for nobody, no pipe is kept")
    def test_leaks_its_output(self):
        robot = self.robot(
            child=shell(f"setsid sleep {self.mark} & echo left; exit 0",
                        restart="always", restart_delay="1ms",
                        restart_max_delay="1ms", restart_limit=1000)
        )
        self.wait_for(robot, "Process restarting")
        before = descriptors_of(robot.pid)
        for _ in range(20):
            self.wait_for(robot, "Process restarting")
        self.order("stop")
        after = descriptors_of(robot.pid)
        self.assertLess(after, before + 10)
        self.assertEqual(self.sleepers(), [])
        self.stops_in_order(robot)
        self.saw(f"{before} descriptors open, {after} after 20 ends")

    @fault("a stranger holds the output of a child that has ended",
           "the end is told, and the robot stops; nobody waits for it")
    def test_output_held_by_a_stranger(self):
        robot = self.robot(child=shell(self.wait + "echo last; exit 3",
                                       restart="on-failure"))
        pid = self.wait_for(robot, "Process ready")["pid"]
        pipe = os.open(f"/proc/{pid}/fd/1", os.O_WRONLY)
        self.addCleanup(os.close, pipe)
        self.go()
        self.wait_for(robot, "Process failed")
        begun = time.monotonic()
        self.stops_in_order(robot)
        took = time.monotonic() - begun
        self.saw(f"failed, and stopped in {took:.1f} s with the pipe open")


class Resources(ChildFaults):
    @fault("a child takes more memory than memory-max",
           "it fails for that alone, and is started again")
    def test_exceeds_its_memory(self):
        limit = 300 << 20
        robot = self.robot(
            child=self.child(
                f"while not os.path.exists('{self.folder}/go'):\n"
                "    signal.sigtimedwait([], 0.01)\n"
                f"os.remove('{self.folder}/go')\n"
                f"x = b'1' * {2 * limit}\n" + STAY,
                memory_max=limit, restart="on-failure",
            ),
            other=SLEEPER,
        )
        self.wait_for(robot, "Process ready", process="child")
        by = self.process()["limits"]["memory_by"]
        self.go()
        failed = self.wait_for(robot, "Process failed", process="child")
        if by == "control group":
            self.assertIn("memory limit", failed["reason"])
            what = failed["reason"]
        else:
            self.assertEqual(failed["exit_code"], 1)
            what = "it was refused more, and exited with 1"
        self.wait_for(robot, "Process ready", process="child")
        self.running("other")
        self.stops_in_order(robot)
        self.saw(f"bounded by {by}: {what}, ready again")

    @fault("a child takes all the descriptors that open-files gives it",
           "its own failure; the runtime has as many as before")
    def test_exhausts_its_descriptors(self):
        robot = self.robot(
            child=self.child(
                "held = []\n"
                "while True: held.append(os.open('/dev/null', os.O_RDONLY))\n",
                open_files=64, on_failure="ignore",
            )
        )
        failed = self.wait_for(robot, "Process failed")
        self.assertEqual(failed["exit_code"], 1)
        count = descriptors_of(robot.pid)
        self.assertLess(count, 200)
        self.stops_in_order(robot)
        self.saw(f"failed with code 1; the runtime has {count} open")

    @as_root
    @fault("a child fills the disk on which the robot's state and log are",
           "the robot goes on, and stops in an emergency")
    def test_fills_the_disk(self):
        state = self.folder / "state"
        state.mkdir()
        self.options.append(f"--log.file={state}/robot.log")
        robot = self.robot(
            prefix=["unshare", "--mount", "sh", "-c",
                    f"mount -t tmpfs -o size=1m,mode=700 none {state} && "
                    'exec "$@"', "sh"],
            child=shell(f"cat /dev/zero > {state}/fill; echo full; "
                        + self.wait + "exit 255"),
        )
        self.wait_line(robot, "full")
        self.running()
        self.go()
        code, events = self.to_its_end(robot)
        self.assertEqual(code, 255)
        stop = self.one(events, "Received emergency stop")
        told = sorted({x["event"] for x in events
                       if x["level"] in ("warning", "error")
                       and x.get("stream") is None})
        self.saw(f"signals sent after {stop['signal_latency_us']} us, exit "
                 f"code 255; told: {', '.join(told)}")

    @fault("a child removes the robot's directories",
           "told; an emergency ends it, and the next start is not held up")
    def test_removes_its_directories(self):
        folders = f"{self.folder}/run {self.folder}/state"
        robot = self.robot(
            child=shell(f"{self.wait} rm -rf {folders}; echo gone; exit 255"),
            other=shell(f"exec sleep {self.mark}"),
        )
        self.go()
        code, events = self.to_its_end(robot)
        self.assertEqual(code, 255)
        self.assertEqual(self.sleepers(), [])
        stop = self.one(events, "Received emergency stop")
        told = sorted({x["event"] for x in events
                       if x["level"] in ("warning", "error", "critical")
                       and x.get("stream") is None})
        self.saw(f"signals sent after {stop['signal_latency_us']} us, exit "
                 f"code 255; told: {', '.join(told)}")


if __name__ == "__main__":
    run_faults()
