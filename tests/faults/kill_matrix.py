#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every shape of process tree under every way in which a runtime ends, in each
way of keeping children together. A round is one run with three shapes; 44 of
them have every two values together, 132 every three.
usage: kill_matrix.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]
test-process-tree lies beside ROBOT-RUNTIME.
RR_TEST_ROUNDS is how many rounds all rows have together (50; 1,000 with
RR_TEST_STRESS=1), RR_TEST_SEED what draws which shapes meet."""

import json
import os
import random
import resource
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from fault_case import FaultCase, fault, run_faults
from remains import Remains, processes_with

from containment import COOKIE, MODES, can
from control import packet
from robot_case import LIMIT, free_port

# Shapes, and how many processes each has.
SHAPES = {
    "plain": 1,
    "fork": 2,
    "double-fork": 2,
    "setsid": 2,
    "bare-daemon": 2,
    "chain": 10,
    "fan": 21,
    "ignores-sigterm": 1,
    "stopped": 1,
    "forks-again": 1,
    "changes-group": 3,
    "orphan-with-output": 2,
}
AT_ONCE = 3  # shapes of one robot
BLOCKS = len(SHAPES) // AT_ONCE
WAYS = [
    "sigterm", "sigint", "sigquit", "sigterm-twice", "sigkill", "estop",
    "emergency-of-a-child", "failure-of-a-child", "stop", "sigabrt", "sigsegv",
]
KINDS = ["control group", "namespace of root", "cookie of root"]
PROMISE = "no process, socket, lock or control group is left 100 ms later"
ALL = PROMISE + ", nor a name of shared memory"
KILLED = (
    PROMISE + ", but a daemon without environment where `status` says so; the "
    "next run removes the names of sockets and of shared memory"
)
ALLOWED = 0.1  # seconds, the promise
ROUNDS = (
    1000 if os.environ.get("RR_TEST_STRESS")
    else int(os.environ.get("RR_TEST_ROUNDS", "50"))
)
SEED = int(os.environ.get("RR_TEST_SEED", "1"))


def plan(way, kinds):
    """The rounds of one way: each three shapes and a kind of containment."""
    turn = WAYS.index(way)
    count = ROUNDS // len(WAYS) + (turn < ROUNDS % len(WAYS))
    rounds = []
    for i in range(count):
        block, passed = i % BLOCKS, i // BLOCKS
        # The same three shapes meet until they have met each kind.
        shapes = list(SHAPES)
        random.Random(f"{SEED} {passed // len(kinds)}").shuffle(shapes)
        rounds.append((
            shapes[block * AT_ONCE:(block + 1) * AT_ONCE],
            kinds[(block + turn + passed) % len(kinds)],
        ))
    return rounds


class Round:
    """One runtime with its trees of processes."""

    def __init__(self, case, shapes, kind, companion=None, patience="100ms"):
        self.case = case
        self.kind = kind
        self.program = str(Path(case.program).parent / "test-process-tree")
        self.runtime = None
        self.patience = patience
        case.rounds += 1
        self.folder = case.folder / f"round-{case.rounds}"
        self.folder.mkdir()
        self.name = f"{case.prefix}-{case.rounds}"
        self.fifos = {}
        for name in ("arrived", "go"):
            os.mkfifo(self.folder / name)
            self.fifos[name] = os.open(
                self.folder / name, os.O_RDWR | os.O_NONBLOCK
            )
        self.shapes = shapes
        self.count = sum(SHAPES[x] for x in shapes) + (companion is not None)
        self.write_configuration(companion)

    def write_configuration(self, companion):
        lines = []
        commands = {x: [x] for x in self.shapes}
        if companion:
            commands["companion"] = companion
        for name, (shape, *more) in commands.items():
            words = [self.program, shape, str(self.folder), *more]
            lines += [f"[process.{name}]", f"command = {json.dumps(words)}",
                      f"terminate-timeout = {self.patience}"]
        (self.folder / "robot.ini").write_text("\n".join(lines) + "\n")

    def options(self):
        self.ports = [free_port(), free_port()]
        return [
            f"--config-file={self.folder}/robot.ini",
            f"--application.runtime-directory={self.folder}/run",
            f"--application.state-directory={self.folder}/state",
            "--emergency-stop.terminate-timeout=50ms",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            f'--log.frontend=["ipc://RUNTIME/log.front",'
            f'"tcp://127.0.0.1:{self.ports[0]}"]',
            f"--control.address=udp://127.0.0.1:{self.ports[1]}",
            f"--update.address=udp://224.1.1.1:{self.case.group_port}",
            f"--device.catalog={self.case.folder}/catalog.yaml",
            f"--device.prefix={self.name}",
        ]

    def start(self):
        if self.runtime:
            os.close(self.descriptor)
        self.given = self.options()
        with open(self.folder / "out", "wb") as out:
            self.runtime = subprocess.Popen(
                [*MODES[self.kind][1], self.case.program, "run", *self.given],
                env=self.case.environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT,
            )
        self.descriptor = os.pidfd_open(self.runtime.pid)
        self.hear(self.count, "waited for the children")
        self.make_gamepad()
        if "stopped" in self.shapes:
            self.case.wait_until(self.is_stopped)
        self.remains = Remains(
            self.runtime.pid, self.folder, self.name, self.ports
        )

    def order(self, *words):
        """Has a command do something."""
        done = subprocess.run(
            [self.case.program, *words, *self.given],
            env=self.case.environment, capture_output=True, text=True,
            timeout=LIMIT,
        )
        if done.returncode != 0:
            self.fail(f"{words}: {done.stderr}")
        return done

    def go(self):
        os.write(self.fifos["go"], b"g")

    def hear(self, count, what):
        """Waits until so many have arrived."""
        arrived = self.fifos["arrived"]
        end = time.monotonic() + LIMIT
        while count > 0:
            ready, _, _ = select.select(
                [arrived, self.descriptor], [], [],
                max(0.0, end - time.monotonic()),
            )
            if arrived in ready:
                count -= len(os.read(arrived, count))
            else:
                self.fail(f"{what}, {count} missing")

    def make_gamepad(self):
        """A buffer of which the runtime has a lock."""
        made = f"/dev/shm/{self.name}-gamepad-0"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as driver:
            driver.connect(("127.0.0.1", self.ports[1]))
            # A robot that has had to wait for the processor refuses what came
            # meanwhile.
            self.case.wait_until(
                lambda: driver.send(packet(lx=0)) and os.path.exists(made)
            )

    def is_stopped(self):
        for pid, line in processes_with(str(self.folder).encode()).items():
            if line == f"{self.program} stopped {self.folder}":
                with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                    return stat.read().rsplit(")", 1)[1].split()[0] == "T"
        return False

    def wait(self):
        if not select.select([self.descriptor], [], [], LIMIT)[0]:
            self.fail("the runtime does not end")
        return self.runtime.wait()

    def fail(self, what):
        text = (self.folder / "out").read_text(errors="replace")
        self.case.fail(
            f"{what}: round {self.case.rounds} of seed {SEED}, {self.shapes}, "
            f"{self.kind}\n{text[-2000:]}"
        )

    def check(self, codes, killed):
        """That all of it goes. Returns how long that takes."""
        code = self.wait()
        remains, spared = self.remains, None
        if killed and MODES[self.kind][0] == COOKIE:
            spared = f": {self.program} plain {self.folder}"

        def left():
            found = remains.living() + ([] if killed else remains.traces())
            return [x for x in found if not spared or not x.endswith(spared)]

        found, took = remains.wait_until_gone(left, ALLOWED)
        remains.close()
        if found:
            self.fail(f"{len(found)} left: {found}")
        if code not in codes:
            self.fail(f"exit code {code}")
        self.case.spared += self.kill_marked()
        return took

    def kill_marked(self):
        found = processes_with(str(self.folder).encode())
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return len(found)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends what a failure has left."""
        if self.runtime:
            self.runtime.kill()
            self.runtime.wait()
            os.close(self.descriptor)
        self.kill_marked()
        for fifo in self.fifos.values():
            os.close(fifo)
        for name in Path("/dev/shm").glob(self.name + "-*"):
            name.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)


class KillMatrix(FaultCase):
    told = set()

    @classmethod
    def setUpClass(cls):
        # Where cores are kept, each crash would write one.
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
        cls.kinds = [x for x in KINDS if can(MODES[x][1])]

    def setUp(self):
        super().setUp()
        self.rounds = self.spared = 0
        if not self.kinds:
            self.skipTest("no way of keeping children together can be chosen")

    def in_each(self, end, codes, killed=False, companion=None,
                patience="100ms"):
        way = self._testMethodName.removeprefix("test_").replace("_", "-")
        rounds = plan(way, self.kinds)
        worst = 0.0
        for shapes, kind in rounds:
            with Round(self, shapes, kind, companion, patience) as run:
                run.start()
                self.check_kind(run)
                end(run)
                worst = max(worst, run.check(codes, killed))
                if killed:
                    run.start()
                    run.runtime.send_signal(signal.SIGTERM)
                    run.check({0}, False)
        shapes = {x for shapes, _ in rounds for x in shapes}
        kinds = sorted({MODES[kind][0].split(" (")[0] for _, kind in rounds})
        self.saw(
            f"{len(rounds)} rounds with {len(shapes)} of {len(SHAPES)} shapes, "
            f"by {', '.join(kinds)}: all of it gone within "
            f"{worst * 1000:.0f} ms"
        )
        if self.spared:
            self.saw(f"{self.spared} daemons without environment outlived a "
                     "runtime that had said so")

    def check_kind(self, run):
        """That the surroundings have the effect that they are to have."""
        if run.kind in self.told:
            return
        done = run.order("status", "--format=json")
        self.assertEqual(
            json.loads(done.stdout)["containment"], MODES[run.kind][0]
        )
        self.told.add(run.kind)

    # -- each way --------------------------------------------------------------

    def by_signal(self, number, *codes, **how):
        self.in_each(
            lambda run: run.runtime.send_signal(number), set(codes), **how
        )

    @fault("SIGTERM to the runtime", ALL)
    def test_sigterm(self):
        self.by_signal(signal.SIGTERM, 0)

    @fault("SIGINT to the runtime", ALL)
    def test_sigint(self):
        self.by_signal(signal.SIGINT, 0)

    @fault("SIGQUIT to the runtime", ALL)
    def test_sigquit(self):
        self.by_signal(signal.SIGQUIT, 0)

    @fault("a second SIGTERM while the runtime waits for a child", ALL)
    def test_sigterm_twice(self):
        def end(run):
            run.runtime.send_signal(signal.SIGTERM)
            run.hear(1, "waited for a child to hear of the stop")
            run.runtime.send_signal(signal.SIGTERM)

        self.in_each(end, {1}, companion=["deaf"], patience="60s")

    @fault("SIGKILL to the runtime", KILLED)
    def test_sigkill(self):
        self.by_signal(signal.SIGKILL, -9, killed=True)

    @fault("the runtime aborts", KILLED)
    def test_sigabrt(self):
        self.by_signal(signal.SIGABRT, -6, killed=True)

    @fault("the runtime crashes", KILLED)
    def test_sigsegv(self):
        self.by_signal(signal.SIGSEGV, -11, killed=True)

    @fault("the command `estop`", ALL)
    def test_estop(self):
        self.in_each(lambda run: run.order("estop"), {255})

    @fault("the command `stop`", ALL)
    def test_stop(self):
        self.in_each(lambda run: run.order("stop"), {0})

    @fault("a child exits with the emergency-stop code", ALL)
    def test_emergency_of_a_child(self):
        self.in_each(
            lambda run: run.go(), {255}, companion=["exit", "255"]
        )

    @fault("a child fails, and on-failure is stop", ALL)
    def test_failure_of_a_child(self):
        self.in_each(lambda run: run.go(), {1}, companion=["exit", "1"])


if __name__ == "__main__":
    run_faults()
