#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children that move away from their parent, multiply, or turn against those
beside and above them. Where it matters, with every way to keep them together.
usage: child_trees.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import os
import signal
import time
import unittest
from pathlib import Path

from child_faults import (
    LIMIT,
    ChildFaults,
    group_root,
    marked,
    shell,
    state_of,
)
from fault_case import fault, run_faults

as_root = unittest.skipUnless(os.geteuid() == 0, "needs root")
COOKIE = "environment cookie"
# A child that takes its own leave of its group for one that it has made.
LEAVES_GROUP = """
if (other := os.fork()) == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: signal.pause()
os.setpgid(other, other)
os.setpgid(0, other)
"""


def processes_of(user):
    """Those that live: who reaps the dead may be late."""
    found = 0
    for each in Path("/proc").glob("[0-9]*"):
        try:
            found += (each.stat().st_uid == user
                      and state_of(each.name) not in "ZX")
        except OSError:
            continue
    return found


def keeper_of(runtime):
    for each in Path("/proc").glob("[0-9]*"):
        try:
            line = (each / "cmdline").read_bytes()
            parent = (each / "stat").read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if line.startswith(b"robot-runtime-keeper") and int(parent) == runtime:
            return int(each.name)
    return None


def age(pid):
    """Seconds; 0 of none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    started = int(text.rsplit(")", 1)[1].split()[19])
    return (time.clock_gettime(time.CLOCK_BOOTTIME)
            - started / os.sysconf("SC_CLK_TCK"))


class Families(ChildFaults):
    def leaves_nothing(self, script, kept_by_cookie=True):
        """What a child has started ends with it, by an order, and with the
        robot. @param script with MARK for how long it sleeps."""

        def check(prefix, where):
            marked_script = script.replace("MARK", self.mark)
            child = shell(f"{marked_script}\necho there\nexec sleep 1000")
            robot = self.robot(prefix=prefix, child=child)
            self.wait_line(robot, "there")
            self.wait_until(lambda: len(self.sleepers()) == 1)
            if where != COOKIE or kept_by_cookie:
                self.order("stop")
                self.assertEqual(marked(self.mark), [])
                self.order("start")
                self.wait_line(robot, "there")
                self.wait_until(lambda: len(self.sleepers()) == 1)
                what = "with the child, and with the robot"
            else:
                what = "with the robot, as status says"
            self.stops_in_order(robot)
            self.saw(f"{where}: nothing left {what}")

        self.in_each_mode(check)

    @fault("a child forks twice", "what it has started ends with it")
    def test_double_fork(self):
        self.leaves_nothing("( ( exec sleep MARK ) & )")

    @fault("a child starts sessions", "what is in them ends with it")
    def test_setsid(self):
        self.leaves_nothing("setsid setsid sleep MARK &")

    @fault("what a child has started discards session and environment",
           "it ends with it; by cookie, as told, with the robot")
    def test_discards_its_environment(self):
        daemon = "setsid setsid env -i /bin/sleep MARK <&- >&- 2>&- &"
        self.leaves_nothing(f"( {daemon} )", kept_by_cookie=False)

    @fault("a child daemonises: forks twice, leaves all, and exits with 0",
           "a normal end; the daemon does not outlive it")
    def test_daemonises(self):
        def check(prefix, where):
            sleeper = f"exec sleep {self.mark} <&- >&- 2>&-"
            script = f"(cd /; setsid sh -c '({sleeper}) &'); exit 0"
            robot = self.robot(prefix=prefix, child=shell(script))
            self.wait_for(robot, "Process exited normally")
            self.assertEqual(marked(self.mark), [])
            self.stops_in_order(robot)
            self.saw(f"{where}: no daemon at the event of the end")

        self.in_each_mode(check)

    @fault("a child makes namespaces of its own",
           "what is in them ends with it")
    def test_own_namespaces(self):
        if os.system("unshare --pid --mount --fork true 2>/dev/null"):
            self.skipTest("no namespaces here")
        # Not all of them are to be had in each mode.
        self.leaves_nothing("(unshare --pid --mount --fork setsid sleep MARK "
                            "|| exec unshare --mount setsid sleep MARK) &")

    @as_root
    @fault("what a child has started is moved out of its control group, as by "
           "a log-in", "it ends with the robot, however that ends")
    def test_moved_to_another_group(self):
        def start():
            moved = f"echo $$ > {group_root()}/cgroup.procs"
            robot = self.robot(
                child=shell(f"setsid sh -c '{moved}; exec sleep {self.mark}' & "
                            "exec sleep 1000")
            )
            if self.process()["containment"] != "control group":
                self.skipTest("no control groups here")
            self.wait_until(self.sleepers)
            return robot

        self.stops_in_order(start())
        self.setUp_again()
        robot = start()
        ended = self.watch_ends(self.sleepers())
        robot.kill()
        robot.wait(LIMIT)
        self.saw("gone when the robot has stopped, and "
                 f"{ended():.0f} ms after SIGKILL to the runtime")

    # -- out of its group -----------------------------------------------------

    @fault("a child leaves its process group for another",
           "it gets SIGTERM, and in time SIGKILL, all the same")
    def test_changes_its_group(self):
        heeds = "signal.signal(15, lambda *x: (print('told'), os._exit(3)))\n"
        ignores = "signal.signal(15, lambda *x: print('told', flush=True))\n"
        heeds = heeds.replace("print('told')", "print('told', flush=True)")

        def check(prefix, where):
            for says, event in ((heeds, "Terminated process"),
                                (ignores, "Killed process")):
                self.setUp_again()
                robot = self.robot(
                    prefix=prefix,
                    child=self.child(
                        says + LEAVES_GROUP + "print('left', flush=True)\n"
                        "while True: signal.pause()\n",
                        terminate_timeout="2s" if says is heeds else "100ms",
                    ),
                )
                self.wait_line(robot, "left")
                events = self.stops_in_order(robot)
                self.one(events, "told")
                self.one(events, event)
            self.saw(f"{where}: told, and killed where that did not help")

        self.in_each_mode(check)

    @fault("a child has left its process group in an emergency",
           "it gets SIGTERM with the others")
    def test_changes_its_group_in_an_emergency(self):
        def check(prefix, where):
            robot = self.robot(
                prefix=prefix,
                child=self.child(
                    "signal.signal(15, lambda *x: print('told', flush=True))\n"
                    + LEAVES_GROUP + "print('left', flush=True)\n"
                    "while True: signal.pause()\n"
                ),
            )
            self.wait_line(robot, "left")
            self.assertEqual(self.run_command("estop").returncode, 0)
            code, events = self.to_its_end(robot)
            self.assertEqual(code, 255)
            self.one(events, "told")
            self.one(events, "Killed process")
            self.saw(f"{where}: told, and killed")

        self.in_each_mode(check)

    # -- too many -------------------------------------------------------------

    @as_root
    @fault("a child is a fork bomb, in bounds of 100 processes",
           "an order ends all of it, and the robot goes on")
    def test_fork_bomb(self):
        user = 100000 + os.getpid() % 100000
        bomb = self.python(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "while True:\n"
            "    try:\n"
            "        if os.fork() == 0 and os.getpid() % 2: os.setsid()\n"
            "    except OSError:\n"
            "        signal.sigtimedwait([], 0.02)\n"
        )
        self.folder.chmod(0o755)
        robot = self.robot(
            # Bounds nobody but that user: root is exempt.
            prefix=["prlimit", "--nproc=100:100"],
            bomb={"command": bomb, "user": str(user),
                  "group": str(user),
                  "terminate_timeout": "100ms"},
            other=shell("exec sleep 1000"),
        )
        self.wait_until(lambda: processes_of(user) >= 95)
        begun = time.monotonic()
        self.order("stop", "bomb")
        took = (time.monotonic() - begun) * 1000
        self.assertEqual(processes_of(user), 0)
        self.running("other")
        self.stops_in_order(robot)
        self.saw(f"none left when the order was answered, after {took:.0f} ms")

    # -- against others -------------------------------------------------------

    @fault("a child kills another with SIGKILL",
           "the other's failure; it is started again")
    def test_kills_a_sibling(self):
        robot = self.robot(
            other=shell(f"exec sleep {self.mark}", restart="on-failure"),
            child=shell(self.wait + f"pkill -KILL -f '^sleep {self.mark}$'; "
                        "exec sleep 1000"),
        )
        self.wait_until(lambda: len(self.sleepers()) == 1)
        self.go()
        failed = self.wait_for(robot, "Process failed", process="other")
        self.assertEqual(failed["signal"], "SIGKILL")
        self.wait_for(robot, "Process ready", process="other")
        self.running()
        self.stops_in_order(robot)
        self.saw("the other failed by SIGKILL, and is ready again")

    @fault("a child kills the keeper, and later the runtime is killed",
           "told, a new keeper; nothing outlives the runtime")
    def test_kills_the_keeper(self):
        daemon = f"setsid sleep {self.mark} & "
        robot = self.robot(child=shell(
            daemon + self.wait + "kill -KILL $(cat keeper); exec sleep 1000",
            directory=str(self.folder),
        ))
        if self.process()["containment"] != "control group":
            self.skipTest("there is no keeper here")
        keeper = keeper_of(robot.pid)
        # One that ends sooner is not started again.
        self.wait_until(lambda: age(keeper) > 1.2)
        (self.folder / "keeper").write_text(str(keeper))
        self.go()
        told = self.wait_for(robot, "Unhandled error")
        self.assertIn("keeper", told["error"])
        self.wait_until(
            lambda: keeper_of(robot.pid) not in (None, keeper)
        )
        ended = self.watch_ends(marked(self.mark))
        robot.kill()
        robot.wait(LIMIT)
        late = ended()
        self.saw(f"{told['error']}; the child's daemon ended {late:.0f} ms "
                 "after the runtime")

    @fault("SIGKILL to process 1 of a child's namespace",
           "all in it ends: the child's failure, and it is started again")
    def test_kills_process_1(self):
        def check(prefix, where):
            if where != "process namespace":
                return
            daemon = f"setsid sleep {self.mark} & "
            robot = self.robot(
                prefix=prefix,
                child=shell(daemon + "echo there; exec sleep 1000",
                            restart="on-failure"),
            )
            pid = self.wait_line(robot, "there")["pid"]
            space = os.readlink(f"/proc/{pid}/ns/pid")
            ended = self.watch_ends(marked(self.mark))
            for each in self.first_of(space):
                os.kill(each, signal.SIGKILL)
            late = ended()
            failed = self.wait_for(robot, "Process failed")
            self.assertEqual(failed["signal"], "SIGKILL")
            self.wait_line(robot, "there")
            self.stops_in_order(robot)
            self.saw(f"failed by SIGKILL, its daemon ended {late:.0f} ms "
                     "later, there again")

        self.in_each_mode(check)

    def first_of(self, space):
        found = []
        for each in Path("/proc").glob("[0-9]*"):
            try:
                if (os.readlink(each / "ns/pid") == space
                        and (each / "comm").read_text() == "rr-namespace\n"):
                    found.append(int(each.name))
            except OSError:
                continue
        self.assertEqual(len(found), 1)
        return found

    @fault("a child sends SIGTERM to the runtime",
           "as anybody's: the robot stops in order")
    def test_terminates_the_runtime(self):
        robot = self.robot(
            child=shell(self.wait + "kill -TERM $PPID; exec sleep 1000"),
            other=shell(f"exec sleep {self.mark}"),
        )
        if self.process()["containment"] == "process namespace":
            self.skipTest("the runtime is out of its sight")
        self.go()
        code, events = self.to_its_end(robot)
        self.assertEqual(code, 0)
        self.one(events, "Terminated process", "other")
        last = self.one(events, "Application is exiting", None)
        self.assertEqual(marked(self.mark), [])
        self.saw(f"exit code 0, reason {last['reason']}")

    @fault("a child kills the runtime with SIGKILL",
           "nothing outlives it: neither the child nor another one's daemon")
    def test_kills_the_runtime(self):
        def check(prefix, where):
            robot = self.robot(
                prefix=prefix,
                child=shell(self.wait + "kill -KILL $PPID; "
                            f"exec sleep {self.mark}"),
                other=shell(f"setsid sleep {self.mark} & exec sleep 1000"),
            )
            self.wait_until(lambda: len(self.sleepers()) == 1)
            pids = [self.running(x)["pid"] for x in ("child", "other")]
            ended = self.watch_ends(self.sleepers() + pids)
            if where == "process namespace":
                # It is out of the child's sight.
                robot.kill()
            self.go()
            robot.wait(LIMIT)
            self.saw(f"{where}: the last gone {ended():.0f} ms later")
            self.assertEqual(marked(self.mark), [])

        self.in_each_mode(check)


if __name__ == "__main__":
    run_faults()
