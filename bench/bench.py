#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures robot-runtime against a floor program, as ratios of one run.

Every round runs the floor, robot-runtime and the floor again, each started
afresh, in an order that rotates. README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import datetime
import json
import mmap
import os
import select
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EMERGENCY_STOP = 255
PATIENCE = 60.0  # seconds, after which a run counts as hung

# The layout of board.h.
HEADER = struct.Struct("=II qq 5q")
SLOT = struct.Struct("=Ii qqqq 3q")


class BenchmarkError(Exception):
    """The data cannot be trusted, and so there is none."""


# -- what is run ----------------------------------------------------------


@dataclass
class Slot:
    """What one child has left on the board; times in nanoseconds."""

    turn: int
    pid: int
    first_monotonic: int
    end_monotonic: int
    end_realtime: int
    reaped_realtime: int


class Board:
    """The shared file in which the children of one run leave their times."""

    def __init__(self, path: Path, expected: int):
        self.path = path
        self.expected = expected
        size = HEADER.size + expected * SLOT.size
        with open(path, "wb") as file:
            file.write(struct.pack("=I", expected).ljust(size, b"\0"))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), size)

    def header(self) -> tuple[int, int, int]:
        """How many children are there, and when the run was executed, by
        CLOCK_MONOTONIC and CLOCK_REALTIME."""
        _, ready, monotonic, realtime, *_ = HEADER.unpack_from(self.memory)
        return ready, monotonic, realtime

    def slots(self) -> list[Slot]:
        return [
            Slot(*SLOT.unpack_from(self.memory, HEADER.size + i * SLOT.size)[:6])
            for i in range(self.expected)
        ]


@dataclass
class Setup:
    """Where things are, for every run."""

    binary: Path
    programs: Path
    folder: Path  # for files
    shared: Path  # for boards, in memory where there is such a place
    tuning: str  # the shipped tuning of the actor system
    runs: int = 0

    def program(self, name: str) -> str:
        return str(self.programs / name)


@dataclass
class Run:
    """One run of the floor or of robot-runtime, and what it left."""

    name: str
    folder: Path
    board: Board
    process: subprocess.Popen
    events: list[dict] = field(default_factory=list)

    def fail(self, why: str) -> BenchmarkError:
        text = ""
        for name in ("out", "err"):
            lines = (self.folder / name).read_text(errors="replace").splitlines()
            text += "".join(f"\n  {name}: {line}" for line in lines[-10:])
        return BenchmarkError(f"{self.name}: {why}{text}")

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None:
                raise self.fail(
                    f"ended with code {self.process.returncode}, before {what}"
                )
            if time.monotonic() > deadline:
                raise self.fail(f"timed out, waiting for {what}")
            time.sleep(0.02)

    def wait_until_ready(self) -> None:
        self.wait_for(
            f"{self.board.expected} children",
            lambda: self.board.header()[0] == self.board.expected,
        )

    def finish(self, expected_code: int, stop: bool = False) -> None:
        """Waits for its end, without polling, and reads its events."""
        pidfd = os.pidfd_open(self.process.pid)
        try:
            if stop:
                signal.pidfd_send_signal(pidfd, signal.SIGTERM)
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            if not poll.poll(PATIENCE * 1000):
                raise self.fail("timed out, waiting for its end")
        finally:
            os.close(pidfd)
        if self.process.wait() != expected_code:
            raise self.fail(
                f"exit code {self.process.returncode}, expected {expected_code}"
            )
        self.events = self.read_events()
        if left := self.left_running():
            raise self.fail(f"left {len(left)} of its children running")

    def read_events(self) -> list[dict]:
        lines = (self.folder / "out").read_text().split("\n")
        # Whatever follows the last line feed is still being written.
        return [json.loads(line) for line in lines[:-1]]

    def left_running(self) -> list[int]:
        """The children that are still there, known by the board's path on
        their command line."""
        mark = os.fsencode(self.board.path)
        result = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = file.read_bytes()
            except OSError:
                continue
            if mark in command.split(b"\0"):
                result.append(int(file.parent.name))
        return result

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        # More than once: what is killed may have been starting another.
        while left := self.left_running():
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        self.board.memory.close()
        self.board.path.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def text(value: str | Path) -> str:
    """A string as the configuration file has it."""
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(setup: Setup, board: Board, commands: list[str]) -> str:
    """One section for each child; no address that another runtime may have;
    time enough for every child to report before it is killed."""
    parts = [
        f"""[application]
name = "bench"
[router]
frontend = ["ipc://RUNTIME/rpc.sock"]
[log]
level = "info"
format = "json"
frontend = ["ipc://RUNTIME/log-frontend.sock"]
[control]
address = "udp://127.0.0.1:{free_udp_port()}"
[emergency-stop]
exit-code = {EMERGENCY_STOP}
terminate-timeout = 30s
""",
        setup.tuning,
    ]
    for index, program in enumerate(commands):
        command = ", ".join(
            text(part) for part in (program, board.path, str(index))
        )
        parts.append(
            f"""[process.child-{index}]
command = [{command}]
output = "null"
terminate-timeout = 30s
on-success = "ignore"
on-failure = "stop"
"""
        )
    return "".join(parts)


@contextmanager
def running(
    setup: Setup, ours: bool, count: int, program: str, last: str | None = None
) -> Iterator[Run]:
    """Starts `count` children under robot-runtime, or under the floor."""
    setup.runs += 1
    folder = setup.folder / str(setup.runs)
    (folder / "run").mkdir(parents=True, mode=0o700)
    (folder / "state").mkdir(mode=0o700)
    board = Board(setup.shared / f"board-{setup.runs}", count)
    commands = [setup.program(program)] * count
    if last is not None:
        commands[-1] = setup.program(last)
    if ours:
        file = folder / "robot.ini"
        file.write_text(configuration(setup, board, commands))
        command = [
            str(setup.binary),
            "run",
            f"--config-file={file}",
            f"--application.runtime-directory={folder / 'run'}",
            f"--application.state-directory={folder / 'state'}",
        ]
    else:
        command = [setup.program("floor"), str(board.path), commands[0]]
        if last is not None:
            command.append(commands[-1])
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RR_", "RT_"))
    }
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        process = subprocess.Popen(
            [setup.program("stamp"), str(board.path), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
            start_new_session=True,
        )
    run = Run("robot-runtime" if ours else "floor", folder, board, process)
    try:
        yield run
    finally:
        run.clean_up()


# -- what is measured -----------------------------------------------------


def one_fan_out(setup: Setup, ours: bool, others: int) -> dict[str, float]:
    """Microseconds from the trigger's exit to the last other child's handling
    of SIGTERM."""
    with running(setup, ours, others + 1, "sleeper", "trigger") as run:
        run.finish(EMERGENCY_STOP)
        *slots, trigger = run.board.slots()
        if trigger.end_monotonic == 0:
            raise run.fail("the trigger has not reported")
        silent = sum(slot.end_monotonic == 0 for slot in slots)
        if silent:
            raise run.fail(f"{silent} of {others} sleepers have not reported")
        early = sum(s.end_monotonic <= trigger.end_monotonic for s in slots)
        if early:
            raise run.fail(f"{early} sleepers were stopped before the trigger")
        last = max(slot.end_monotonic for slot in slots)
        return {f"fan-out to {others}": (last - trigger.end_monotonic) / 1e3}


def nanoseconds(timestamp: str) -> int:
    """CLOCK_REALTIME of an event's timestamp."""
    moment = datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (moment - epoch) // datetime.timedelta(microseconds=1) * 1000


def event_times(run: Run, event: str) -> dict[str, int]:
    return {
        entry["process"]: nanoseconds(entry["timestamp"])
        for entry in run.read_events()
        if entry["event"] == event
    }


def one_detection(setup: Setup, ours: bool, count: int) -> dict[str, float]:
    """Microseconds from a child's exit to its parent's knowledge, the median
    of all children of one run."""
    known: dict[str, int] = {}

    def all_known() -> bool:
        nonlocal known
        if ours:
            known = event_times(run, "Process exited normally")
        else:
            slots = run.board.slots()
            known = {
                f"child-{i}": slot.reaped_realtime
                for i, slot in enumerate(slots)
                if slot.reaped_realtime
            }
        return len(known) == count

    with running(setup, ours, count, "runner") as run:
        run.wait_until_ready()
        # Until all have had their turn, nothing here may run.
        time.sleep(0.4 + count * 0.017)
        run.wait_for(f"the end of {count} children", all_known)
        run.finish(0, stop=True)
        delays = []
        for index, slot in enumerate(run.board.slots()):
            if slot.end_realtime == 0:
                raise run.fail(f"child {index} has not reported")
            delay = known[f"child-{index}"] - slot.end_realtime
            # An event's timestamp is rounded down to a microsecond.
            if not -1000 < delay < 1_000_000_000:
                raise run.fail(f"child {index}: {delay} ns cannot be")
            delays.append(delay / 1e3)
        return {"detection": statistics.median(delays)}


def own_processes(run: Run) -> list[int]:
    """The process and all of its descendants, but for the children that it was
    told to start."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    result = [run.process.pid]
    for pid in result:
        result += [child for child, parent in parents.items() if parent == pid]
    children = {slot.pid for slot in run.board.slots()}
    return [pid for pid in result if pid not in children]


def status_sum(path: Path, *names: str) -> int:
    """The sum of these fields of a status file."""
    fields = dict(
        line.split(":", 1) for line in path.read_text().splitlines()
    )
    return sum(int(fields[name].split()[0]) for name in names)


def context_switches(pids: list[int]) -> dict[str, int]:
    """Of every thread, voluntary or not."""
    return {
        str(task): status_sum(
            task / "status",
            "voluntary_ctxt_switches",
            "nonvoluntary_ctxt_switches",
        )
        for pid in pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    }


def one_idle(setup: Setup, ours: bool, seconds: float) -> dict[str, float]:
    """Context switches a second and resident MiB, while 20 children sleep."""
    with running(setup, ours, 20, "sleeper") as run:
        run.wait_until_ready()
        time.sleep(2)
        pids = own_processes(run)
        before = context_switches(pids)
        start = time.monotonic()
        time.sleep(seconds)
        after = context_switches(pids)
        elapsed = time.monotonic() - start
        resident = sum(
            status_sum(Path(f"/proc/{pid}/status"), "VmRSS") for pid in pids
        )
        if own_processes(run) != pids or before.keys() != after.keys():
            raise run.fail("threads or processes came or went: it is not idle")
        run.finish(0, stop=True)
        switches = sum(after.values()) - sum(before.values())
        return {
            "idle: context switches": switches / elapsed,
            "idle: resident": resident / 1024,
        }


def one_start(setup: Setup, ours: bool) -> dict[str, float]:
    """Milliseconds from exec to the event `Process started`, and to the
    child's first instruction."""
    with running(setup, ours, 1, "sleeper") as run:
        run.wait_until_ready()
        if ours:
            run.wait_for(
                "`Process started`",
                lambda: bool(event_times(run, "Process started")),
            )
        run.finish(0, stop=True)
        _, monotonic, realtime = run.board.header()
        first = (run.board.slots()[0].first_monotonic - monotonic) / 1e6
        started = first
        if ours:
            times = event_times(run, "Process started")
            started = (times["child-0"] - realtime) / 1e6
        if not 0 < first < 1e4 or not 0 < started < 1e4:
            raise run.fail(f"{first} and {started} ms cannot be")
        return {
            "start to `Process started`": started,
            "start to child's first instruction": first,
        }


# -- how it is repeated, and told -----------------------------------------


@dataclass
class Limit:
    """At most so much, of the ratio or of our own figure."""

    value: float
    of_ratio: bool = False

    def __str__(self) -> str:
        return f"{self.value:g}" + (" x" if self.of_ratio else "")


UNITS = {
    "fan-out to 1": "us",
    "fan-out to 100": "us",
    "fan-out to 500": "us",
    "detection": "us",
    "idle: context switches": "/s",
    "idle: resident": "MiB",
    "start to `Process started`": "ms",
    "start to child's first instruction": "ms",
}

LIMITS = {
    "fan-out to 100": Limit(1.25, of_ratio=True),
    "detection": Limit(2, of_ratio=True),
    "idle: context switches": Limit(5),
    "idle: resident": Limit(15),
    "start to `Process started`": Limit(50),
}

Measurement = Callable[[bool], dict[str, float]]
Samples = dict[str, dict[str, list[float]]]


def repeat(name: str, rounds: int, measure: Measurement) -> Samples:
    """Figure -> "ours", "floor a" or "floor b" -> one number a round."""
    samples: Samples = {}
    order = ["floor a", "ours", "floor b"]
    for number in range(1, rounds + 1):
        if sys.stderr.isatty():
            print(f"\r{name}: {number}/{rounds} ", end="", file=sys.stderr)
        for who in order:
            for figure, value in measure(who == "ours").items():
                samples.setdefault(figure, {}).setdefault(who, []).append(value)
        order = order[1:] + order[:1]
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return samples


def ratio(a: float, b: float) -> float | None:
    return a / b if b > 0 else None


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def report(samples: Samples) -> None:
    """One line a figure."""
    for figure, by_whom in samples.items():
        a, b = by_whom["floor a"], by_whom["floor b"]
        ours = statistics.median(by_whom["ours"])
        floor = statistics.median(a + b)
        to_floor = ratio(ours, floor)
        noise = ratio(statistics.median(b), statistics.median(a))
        limit = LIMITS.get(figure)
        verdict = ""
        if limit is not None:
            value = to_floor if limit.of_ratio else ours
            kept = value is not None and value <= limit.value
            verdict = "kept" if kept else "MISSED"
        print_row(
            figure,
            UNITS[figure],
            shown(ours),
            shown(floor),
            shown(to_floor),
            shown(noise),
            "" if limit is None else str(limit),
            verdict,
        )


def print_row(*cells: str) -> None:
    widths = (35, 4, 10, 10, 7, 6, 7, 7)
    line = "".join(
        cell.ljust(width) if i < 2 or i == 7 else cell.rjust(width) + "  "
        for i, (cell, width) in enumerate(zip(cells, widths))
    )
    print(line.rstrip(), flush=True)


def shipped_tuning(file: Path) -> str:
    """The sections of config/robot.ini that are CAF's own, so that what is
    measured is what is shipped."""
    wanted = ("scheduler", "work-stealing", "middleman", "logger", "stream")
    lines, inside = [], False
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.startswith("["):
            section = line.strip().strip("[]")
            inside = section.split(".")[0] in wanted
        if inside and not line.lstrip().startswith(";"):
            lines.append(line + "\n")
    return "".join(lines)


# Figures of one sub-command: how many rounds, and a function that measures.
DEFAULT_ROUNDS = {"fan-out": 15, "detection": 5, "idle": 3, "start": 20}


def measurements(
    setup: Setup, command: str, arguments: argparse.Namespace
) -> Iterator[tuple[str, Measurement]]:
    if command == "fan-out":
        for others in arguments.children:
            yield (
                f"fan-out to {others}",
                lambda ours, others=others: one_fan_out(setup, ours, others),
            )
    elif command == "detection":
        yield command, lambda ours: one_detection(setup, ours, 50)
    elif command == "idle":
        yield command, lambda ours: one_idle(setup, ours, arguments.seconds)
    else:
        yield command, lambda ours: one_start(setup, ours)


def parse_arguments() -> argparse.Namespace:
    build = ROOT / "build" / "release"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "figure", choices=[*DEFAULT_ROUNDS, "all"], help="what to measure"
    )
    parser.add_argument(
        "--rounds", type=int, help=f"how often (default: {DEFAULT_ROUNDS})"
    )
    parser.add_argument(
        "--binary",
        type=Path,
        default=build / "bin" / "robot-runtime",
        help="the robot-runtime to measure (default: %(default)s)",
    )
    parser.add_argument(
        "--programs",
        type=Path,
        default=build / "bench",
        help="where the built programs of bench/ are (default: %(default)s)",
    )
    parser.add_argument(
        "--children",
        type=int,
        nargs="+",
        default=[1, 100, 500],
        help="fan-out: how many there are to stop (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=10,
        help="idle: how long to count (default: %(default)s)",
    )
    arguments = parser.parse_args()
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds: must be at least 1")
    if min(arguments.children) < 1:
        parser.error("--children: must be at least 1")
    for name in ("floor", "runner", "sleeper", "stamp", "trigger"):
        if not (arguments.programs / name).is_file():
            parser.error(f"{arguments.programs / name}: not built")
    if not arguments.binary.is_file():
        parser.error(f"{arguments.binary}: not built")
    for others in arguments.children:
        UNITS.setdefault(f"fan-out to {others}", "us")
    return arguments


def main() -> int:
    # Ended by SIGTERM, it cleans up as it does when interrupted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="rr-bench-") as folder,
        tempfile.TemporaryDirectory(
            prefix="rr-bench-",
            dir=memory if os.access(memory, os.W_OK) else None,
        ) as shared,
    ):
        setup = Setup(
            binary=arguments.binary.resolve(),
            programs=arguments.programs.resolve(),
            folder=Path(folder),
            shared=Path(shared),
            tuning=shipped_tuning(ROOT / "config" / "robot.ini"),
        )
        print_row(
            "figure", "", "ours", "floor", "ratio", "noise", "limit", ""
        )
        commands = (
            list(DEFAULT_ROUNDS)
            if arguments.figure == "all"
            else [arguments.figure]
        )
        try:
            for command in commands:
                rounds = arguments.rounds or DEFAULT_ROUNDS[command]
                for name, measure in measurements(setup, command, arguments):
                    report(repeat(name, rounds, measure))
        except BenchmarkError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
