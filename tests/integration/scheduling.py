#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How the real runtime's threads and memory are scheduled, and that nothing of
it is its children's.
usage: scheduling.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

import cbor2

from robot_case import LIMIT, run_tests
from surrounded_case import SurroundedCase, shell

FIFO, OTHER = "1", "0"
PRIORITY = "20"
# Those that stop, beat and hear drivers.
REAL_TIME = {"rr-sentry", "rr-heartbeat", "rr-control"}
SOMEBODY = [
    "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups",
]
NOBODY = [*SOMEBODY, "--inh-caps=-all", "--bounding-set=-all"]
TELL = (
    "for x in stat status limits; do cat /proc/$$/$x > child-$x; done; "
    "env > child-env; trap ': > terminated; exit 0' TERM; : > ready; "
    "while :; do sleep 0.02; done"
)


def has_capability(number) -> bool:
    status = fields(Path("/proc/self/status").read_text())
    return int(status["CapEff"], 16) >> number & 1 == 1


def can(prefix) -> bool:
    return subprocess.run([*prefix, "true"], capture_output=True).returncode == 0


def fields(text):
    """By name, of a file such as /proc/PID/status."""
    return {
        name: value.strip() for name, _, value in
        (line.partition(":") for line in text.splitlines())
    }


def policy_of(stat):
    """Nice value, real-time priority and policy; proc(5) counts from 1."""
    rest = stat.rpartition(")")[2].split()
    return rest[19 - 3], rest[40 - 3], rest[41 - 3]


CAP_IPC_LOCK = 14
with_permission = unittest.skipUnless(
    can(["chrt", "-f", PRIORITY]) and has_capability(CAP_IPC_LOCK),
    "this user may have no real-time priority or locked memory"
)
as_root = unittest.skipUnless(os.geteuid() == 0, "needs root")


class Scheduling(SurroundedCase):
    def setUp(self):
        super().setUp()
        self.cpus = sorted(os.sched_getaffinity(0))
        self.configure()

    def configure(self, child="", **keys):
        lines = ["[scheduling]"] + [
            f"{key.replace('_', '-')} = {json.dumps(value)}"
            for key, value in keys.items()
        ]
        (self.folder / "robot.ini").write_text(
            "\n".join(lines) + "\n[process.motor]\n"
            f"command = {json.dumps(['sh', '-c', TELL])}\n"
            f'directory = "{self.folder}"\n{child}\n'
        )

    def tune(self, child="", **keys):
        self.configure(
            child,
            **{"real_time_priority": int(PRIORITY),
               "cpu_affinity": [self.cpus[0]], "lock_memory": True} | keys,
        )

    def told(self, name):
        """What the child has seen of itself."""
        self.assertTrue((self.folder / "ready").exists(), "no child")
        return (self.folder / f"child-{name}").read_text()

    def child(self):
        """All of a child's that scheduling is about."""
        status = fields(self.told("status"))
        env = dict(x.partition("=")[::2] for x in
                   self.told("env").splitlines())
        return {
            "policy": policy_of(self.told("stat")),
            "processors": status["Cpus_allowed_list"],
            "locked": status["VmLck"],
            "limits": self.told("limits"),
            "options": {x: y for x, y in env.items() if "SCHEDULING" in x},
        }

    def threads(self, robot):
        """By name; of those of one name the last."""
        result = {}
        for task in Path(f"/proc/{robot.pid}/task").iterdir():
            status = fields((task / "status").read_text())
            result[status["Name"]] = (
                policy_of((task / "stat").read_text()), status
            )
        return result

    def stop(self, robot):
        robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 0)
        self.clear()

    # -- with permission -------------------------------------------------------

    @with_permission
    def test_the_runtime_is_tuned_and_its_child_is_as_if_it_were_not(self):
        robot = self.launch([])
        untuned = self.child()
        self.assertEqual(untuned["policy"][2], OTHER)
        self.stop(robot)

        self.tune()
        robot = self.launch([])
        self.assertEqual(self.child(), untuned)
        # All of them are there once it answers.
        self.wait_until(lambda: self.run_command("status").returncode == 0)
        threads = self.threads(robot)
        self.assertLessEqual(REAL_TIME | {"rr-log", "rr-router"}, set(threads))
        for name, ((_, priority, policy), status) in threads.items():
            with self.subTest(name):
                wanted = (PRIORITY, FIFO) if name in REAL_TIME else ("0", OTHER)
                self.assertEqual((priority, policy), wanted)
                self.assertEqual(status["Cpus_allowed_list"], str(self.cpus[0]))
                self.assertNotEqual(status["VmLck"], "0 kB")
        self.stop(robot)

    @with_permission
    def test_a_child_has_the_nice_value_and_processors_of_its_own(self):
        last = self.cpus[-1]
        self.tune(child=f"nice = 7\ncpu-affinity = [{last}]")
        robot = self.launch(["nice", "-n", "3"])
        self.assertEqual(self.child()["policy"], ("7", "0", OTHER))
        self.assertEqual(self.child()["processors"], str(last))
        self.stop(robot)

    @with_permission
    def test_a_child_keeps_what_the_runtime_was_started_with(self):
        for prefix in (["nice", "-n", "5"], ["chrt", "--batch", "0"],
                       ["taskset", "--cpu-list", str(self.cpus[-1])]):
            with self.subTest(prefix[:2]):
                self.configure()
                robot = self.launch(prefix)
                untuned = self.child()
                self.stop(robot)
                self.tune(cpu_affinity=[self.cpus[-1]])
                robot = self.launch(prefix)
                self.assertEqual(self.child(), untuned)
                self.stop(robot)

    @with_permission
    def test_each_life_of_a_child_is_as_the_first(self):
        robot = self.launch([])
        untuned = self.child()
        self.stop(robot)
        self.tune(child='restart = "always"\nrestart-delay = 1ms')
        robot = self.launch([])
        first = (self.folder / "child-stat").read_text().split()[0]
        (self.folder / "ready").unlink()
        done = self.run_command("call", "restart_process", '"motor"')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.wait_until((self.folder / "ready").exists)
        self.assertNotEqual(self.told("stat").split()[0], first)
        self.assertEqual(self.child(), untuned)
        self.stop(robot)

    @with_permission
    def test_an_emergency_and_the_watch_over_itself_work(self):
        self.tune()
        robot = self.launch([], "--control.on-timeout=emergency-stop",
                            "--control.timeout=100ms")
        robot.send_signal(signal.SIGSTOP)
        # Longer than it may stand still, which is five heartbeats.
        time.sleep(0.3)
        robot.send_signal(signal.SIGCONT)
        event = {}
        while event.get("event") != "Runtime stood still":
            event = json.loads(robot.stdout.readline())
        driver = self.driver()
        packet = cbor2.dumps([2, "update_gamepads", [{"0": {"lx": 0}}]])

        def falls_silent():
            driver.send(packet)
            time.sleep(0.2)
            return robot.poll() is not None

        self.wait_until(falls_silent)
        self.assertEqual(robot.returncode, 255)
        self.assertTrue((self.folder / "terminated").exists())

    # -- without ---------------------------------------------------------------

    def refusal(self, prefix, command):
        done = subprocess.run(
            [*prefix, self.copy, command,
             f"--config-file={self.folder}/robot.ini", *self.options],
            env=self.environment, capture_output=True, text=True,
            timeout=LIMIT,
        )
        return done.returncode, done.stderr.splitlines()

    @as_root
    def test_what_is_not_permitted_is_refused_in_one_line(self):
        prefix = [*shell("ulimit -r 0; ulimit -l 64"), *NOBODY]
        for keys, what, mend in (
            ({"real_time_priority": 20},
             "scheduling.real-time-priority: cannot have real-time priority 20:"
             " operation not permitted", "LimitRTPRIO=20"),
            ({"lock_memory": True},
             "scheduling.lock-memory: cannot lock the memory: operation not "
             "permitted", "LimitMEMLOCK=infinity"),
        ):
            with self.subTest(what):
                self.configure(**keys)
                code, lines = self.refusal(prefix, "run")
                self.assertEqual(code, 1, lines)
                self.assertEqual(len(lines), 1, lines)
                self.assertIn(what, lines[0])
                self.assertIn(mend, lines[0])
                code, lines = self.refusal(prefix, "check")
                self.assertEqual(code, 0, lines)
                told = [x for x in lines if "scheduling" in x]
                self.assertEqual(len(told), 1, lines)
                self.assertTrue(told[0].startswith(
                    f"warning: `run` would fail: {what}"), lines)
        self.assertFalse((self.folder / "ready").exists())

    def check_permitted(self, prefix):
        if not can(prefix):
            self.skipTest("this user cannot give another one permissions")
        robot = self.launch(prefix)
        untuned = self.child()
        self.stop(robot)
        self.tune()
        robot = self.launch(prefix)
        self.assertEqual(self.child(), untuned)
        self.wait_until(lambda: "rr-control" in self.threads(robot))
        self.assertEqual(self.threads(robot)["rr-sentry"][0][1:],
                         (PRIORITY, FIFO))
        self.stop(robot)

    @as_root
    def test_limits_permit_it_and_children_have_those_of_before(self):
        self.check_permitted([
            *shell("set -e; ulimit -S -r 0; ulimit -H -r 30; "
                   "ulimit -H -l unlimited; ulimit -S -l 64"), *NOBODY,
        ])

    @as_root
    @with_permission
    def test_capabilities_permit_it(self):
        wanted = "+sys_nice,+ipc_lock"
        self.check_permitted([
            *shell("ulimit -r 0; ulimit -l 64"), *SOMEBODY,
            f"--inh-caps={wanted}", f"--ambient-caps={wanted}",
        ])

    def test_a_processor_that_is_not_there_is_a_wrong_configuration(self):
        self.configure(cpu_affinity=[1023])
        for command in ("check", "run"):
            code, lines = self.refusal([], command)
            self.assertEqual(code, 2, lines)
            self.assertIn("robot.ini:2: [scheduling] cpu-affinity: 1023 is no "
                          "processor that the robot may run on, expected some "
                          "of ", lines[-1])


if __name__ == "__main__":
    run_tests()
