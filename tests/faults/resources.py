#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the runtime: what it needs is taken, used up, or another's.
usage: resources.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]"""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

from fault_case import fault, run_faults  # first: it knows the other folder

import surroundings
from robot_case import LIMIT
from runtime_case import RuntimeFault, named, own_mounts
from surrounded_case import shell

# Nobody else's, so that its processes are the robot's alone.
USER = 52000 + os.getpid() % 10000
OTHER = USER + 10000


def as_user(user):
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


class Scarcity(RuntimeFault):
    @fault("no descriptors are left, for strangers have connected until all "
           "were taken",
           "connections are refused, children are not: an emergency ends with "
           "255")
    def test_no_descriptors_left(self):
        robot = self.launch(shell("ulimit -n 120"))
        taken = self.take_all_descriptors()
        events = self.stops_in_emergency(robot)
        told = named(events, "Connections refused")
        self.assertTrue(told)
        self.saw(f"the {taken}th connection was refused "
                 f"({told[0]['cause']}); signalled in "
                 f"{self.latency(events)} us")

    def starts_with_few(self, limit, counts, prefix=()):
        """Starts with ever more of it, until a robot runs."""
        reasons = []
        for count in counts:
            self.clear()
            robot = self.launch([*prefix, *shell(f"ulimit {limit} {count}")])
            if robot.poll() is None:
                robot.terminate()
            out, err = robot.communicate(timeout=LIMIT)
            self.nothing_is_left()
            if robot.returncode == 0:
                self.saw(f"it runs with {count}; with less it ended with 1: "
                         f"{'; '.join(dict.fromkeys(reasons))}")
                return
            self.assertEqual(robot.returncode, 1, f"{count}: {err}")
            said = [x for x in err.splitlines() if "warning:" not in x]
            said += [x.get("error") or x.get("reason") for x in
                     map(json.loads, out.splitlines())
                     if x["level"] == "error" and {"error", "reason"} & {*x}]
            self.assertTrue(said, f"nothing with {count}")
            reasons.append(said[-1].rpartition(": ")[2])
        self.fail(reasons)

    @fault("started with so few descriptors, from 5 on, that it cannot run",
           "exit code 1 that says why: never a crash, never a hang")
    def test_few_descriptors_at_its_start(self):
        self.starts_with_few("-n", [*range(5, 20), *range(20, 120, 4)])

    def as_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root becomes another user")
        return as_user(USER)

    @fault("started with so few process slots, from 1 on, that it cannot run",
           "exit code 1 that says why: never a crash, never a hang")
    def test_few_process_slots_at_its_start(self):
        self.starts_with_few("-u", [*range(1, 12), *range(12, 120, 4)],
                             self.as_user())

    def answers(self):
        # A call that comes before the broker is lost, and asked again.
        return self.run_command("status", "--timeout=1s").returncode == 0

    @fault("no process slots are left while it runs, and a child is to be "
           "started again",
           "the start has failed and is told; an emergency ends with 255")
    def test_no_process_slots_while_it_runs(self):
        prefix = self.as_user()
        robot = self.launch(
            prefix, '--process.lamp.command=["sleep","1000"]',
            "--process.lamp.on-failure=ignore")
        self.wait_until(self.answers)
        subprocess.run([*prefix, "prlimit", f"--pid={robot.pid}",
                        "--nproc=1:1"], check=True)
        done = self.run_command("restart", "lamp")
        told = self.wait_for_event(robot, "Process failed to start")
        self.assertEqual(told["process"], "lamp")
        self.assertIn("temporarily unavailable", told["error"])
        events = self.stops_in_emergency(robot)
        self.saw(f"restart: exit code {done.returncode}, {told['error']}; "
                 f"signalled in {self.latency(events)} us")

    @fault("its launcher is gone while it runs, and a child is to be started "
           "again", "it is started all the same; an orderly stop ends with 0")
    def test_a_launcher_that_is_gone(self):
        robot = self.launch([], '--process.lamp.command=["sleep","1000"]',
                            "--process.lamp.on-failure=ignore")
        self.wait_until(self.answers)
        (self.folder / "robot-runtime-launcher").unlink()
        done = self.run_command("restart", "lamp")
        lamp, = (x for x in self.status()["processes"] if x["name"] == "lamp")
        self.assertEqual((done.returncode, lamp["state"]), (0, "running"))
        self.saw("it was started all the same")
        self.stops_in_order(robot)

    @fault("there is no /proc",
           "it runs, or says why not; nothing is left of it")
    def test_no_proc(self):
        prefix = own_mounts("umount -l /proc")
        if not surroundings.can(prefix):
            self.skipTest("/proc cannot be unmounted here")
        robot = self.launch(prefix)
        if robot.poll() is not None:
            _, err = robot.communicate(timeout=LIMIT)
            self.assertEqual(robot.returncode, 1, err)
            self.nothing_is_left()
            self.saw(err.strip().splitlines()[-1])
            return
        events = self.stops_in_emergency(robot)
        self.saw(f"runs; signalled in {self.latency(events)} us")


class Taken(RuntimeFault):
    def used(self, option, address, kind):
        with socket.socket(socket.AF_INET, kind) as other:
            other.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM:
                other.listen()
            address = address.format(other.getsockname()[1])
            said = self.fails(f"--{option}={address}")
        self.assertIn(address, said)
        self.assertIn("already in use", said)
        self.saw(said.partition(": ")[2])

    @fault("the port of its router is in use",
           "exit code 1 that names the address")
    def test_the_port_of_the_router(self):
        self.used("router.frontend", "tcp://127.0.0.1:{}", socket.SOCK_STREAM)

    @fault("the port of its log is in use",
           "exit code 1 that names the address")
    def test_the_port_of_the_log(self):
        self.used("log.frontend", "tcp://127.0.0.1:{}", socket.SOCK_STREAM)

    @fault("the port of its page is in use",
           "exit code 1 that names the address")
    def test_the_port_of_the_page(self):
        self.used("web.address", "http://127.0.0.1:{}", socket.SOCK_STREAM)

    @fault("the port for control packets is in use",
           "exit code 1 that names the address, not half of the packets")
    def test_the_port_of_control(self):
        self.used("control.address", "udp://127.0.0.1:{}", socket.SOCK_DGRAM)

    @fault("sockets, lock and shared memory of a runtime that was killed",
           "the next start works, and its stop leaves nothing")
    def test_what_a_killed_runtime_has_left(self):
        robot = self.launch([])
        robot.kill()
        robot.wait()
        self.nothing_is_left()
        left = sorted(x.name for x in (self.folder / "run").iterdir())
        shared = self.shared_objects()
        self.assertTrue(shared)
        (self.folder / "ready").unlink()
        robot = self.launch([])
        self.assertEqual(self.run_command("status").returncode, 0)
        self.stops_in_order(robot)
        self.assertEqual(self.shared_objects(), [])
        self.saw(f"left were {', '.join(left)} and {len(shared)} shared "
                 "objects; nothing of it afterwards")

    def given(self, path, mode):
        """Makes it another user's."""
        if os.geteuid() != 0:
            self.skipTest("only root makes another user's files")
        os.chown(path, OTHER, OTHER)
        path.chmod(mode)

    @fault("its runtime directory is another user's",
           "refused: exit code 1 that names the owner")
    def test_a_directory_of_another_user(self):
        run = self.folder / "run"
        run.mkdir(0o700)
        self.given(run, 0o700)
        said = self.fails()
        self.assertIn(f"belongs to user {OTHER}", said)
        self.saw(said)

    @fault("its lock file is another user's, who holds it",
           "refused as a second runtime is: exit code 1")
    def test_a_lock_of_another_user(self):
        run = self.folder / "run"
        run.mkdir(0o700)
        lock = run / "lock"
        lock.write_text("1\n")
        self.given(lock, 0o666)
        run.chmod(0o711)
        other = subprocess.Popen(
            [*as_user(OTHER), "flock", str(lock),
             "sh", "-c", "echo held; read x"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(other.communicate)
        self.assertEqual(other.stdout.readline(), "held\n")
        run.chmod(0o700)
        said = self.fails()
        self.assertIn(str(lock.parent), said)
        self.saw(said)
        other.communicate("\n", timeout=LIMIT)
        self.stops_in_order(self.launch([]))
        self.saw("it runs once that is given back")

    @fault("a socket of another user lies at its address, in a folder that all "
           "share", "refused: exit code 1 that names the owner")
    def test_a_socket_of_another_user(self):
        shared = self.folder / "shared"
        shared.mkdir()
        shared.chmod(0o1777)
        path = shared / "rpc.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
            other.bind(str(path))
            self.given(path, 0o666)
            said = self.fails(f"--router.frontend=ipc://{path}",
                              prefix=as_user(USER))
        self.assertIn(str(OTHER), said)
        self.assertEqual(path.stat().st_uid, OTHER)
        self.saw(said)

    @fault("a robot's state in shared memory is another user's",
           "refused: exit code 1 that names the owner")
    def test_shared_memory_of_another_user(self):
        robot = self.launch([])
        state = next(x for x in self.shared_objects() if "state" in x)
        robot.kill()
        robot.wait()
        self.nothing_is_left()
        self.given(Path("/dev/shm") / state, 0o666)
        shutil.rmtree(self.folder / "run")
        shutil.rmtree(self.folder / "state")
        said = self.fails(prefix=as_user(USER))
        self.assertIn(str(OTHER), said)
        self.saw(said)

    @fault("a second runtime is started",
           "refused: exit code 1; the first goes on")
    def test_a_second_runtime(self):
        robot = self.launch([])
        said = self.fails(beside=robot)
        self.assertIn(f"(pid {robot.pid})", said)
        self.assertEqual(self.status()["state"], "running")
        events = self.stops_in_emergency(robot)
        self.saw(said)
        self.saw(f"the first: signalled in {self.latency(events)} us")

    @fault("its runtime directory is removed while it runs",
           "what needs no new connection goes on: an emergency ends with 255")
    def test_a_runtime_directory_that_is_removed(self):
        robot = self.launch([])
        for path in (self.folder / "run").iterdir():
            path.unlink()
        (self.folder / "run").rmdir()
        self.assertEqual(self.run_command("status").returncode, 1)
        events = self.stops_in_emergency(robot)
        self.saw("no command reaches it; signalled in "
                 f"{self.latency(events)} us")


if __name__ == "__main__":
    run_faults()
