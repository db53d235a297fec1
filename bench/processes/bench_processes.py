#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How robot-runtime starts, watches and stops children, against the least that
a program can do for the same. Every measurement is started afresh."""

from __future__ import annotations

import argparse
import datetime
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import ROOT, Figure, Table, alternate, benchmark
from programs import status_number
from runs import EMERGENCY_STOP, Run, Setup, running

FIGURES = {
    "fan-out to 1": Figure("us"),
    "fan-out to 100": Figure("us", "<= 1.25 x"),
    "fan-out to 500": Figure("us"),
    "detection": Figure("us", "<= 2 x"),
    "idle: context switches": Figure("/s", "<= 5"),
    "idle: resident": Figure("MiB", "<= 15"),
    "start to `Process started`": Figure("ms", "<= 50"),
    "start to child's first instruction": Figure("ms"),
}


def fan_out(setup: Setup, ours: bool, others: int) -> dict[str, float]:
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


def detection(setup: Setup, ours: bool, count: int = 50) -> dict[str, float]:
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


def context_switches(pids: list[int]) -> dict[str, int]:
    """Of every thread, voluntary or not."""
    return {
        str(task): status_number(task / "status", "voluntary_ctxt_switches")
        + status_number(task / "status", "nonvoluntary_ctxt_switches")
        for pid in pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    }


def idle(setup: Setup, ours: bool, seconds: float) -> dict[str, float]:
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
            status_number(Path(f"/proc/{pid}/status"), "VmRSS") for pid in pids
        )
        if own_processes(run) != pids or before.keys() != after.keys():
            raise run.fail("threads or processes came or went: it is not idle")
        run.finish(0, stop=True)
        switches = sum(after.values()) - sum(before.values())
        return {
            "idle: context switches": switches / elapsed,
            "idle: resident": resident / 1024,
        }


def start(setup: Setup, ours: bool) -> dict[str, float]:
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


def shipped_tuning(file: Path) -> str:
    """The sections of config/robot.ini that are CAF's own, so that what is
    measured is what is shipped."""
    wanted = ("scheduler", "work-stealing", "middleman", "logger", "stream")
    lines, inside = [], False
    for line in file.read_text().splitlines():
        if line.startswith("["):
            section = line.strip().strip("[]")
            inside = section.split(".")[0] in wanted
        if inside and not line.lstrip().startswith(";"):
            lines.append(line + "\n")
    return "".join(lines)


@contextmanager
def with_setup(options: argparse.Namespace) -> Iterator[Setup]:
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="rr-bench-") as folder,
        tempfile.TemporaryDirectory(
            prefix="rr-bench-",
            dir=memory if os.access(memory, os.W_OK) else None,
        ) as shared,
    ):
        yield Setup(
            programs=options.build / "bin",
            folder=Path(folder),
            shared=Path(shared),
            tuning=shipped_tuning(ROOT / "config" / "robot.ini"),
        )


def measured(
    options: argparse.Namespace,
    table: Table,
    measure: Callable[[Setup, bool], dict[str, float]],
) -> None:
    with with_setup(options) as setup:
        samples = alternate(
            options.rounds, lambda who: measure(setup, who == "ours")
        )
    # Those of other counts of children have no limit.
    table.rows(samples, {name: Figure("us") for name in samples} | FIGURES)


def all_fan_outs(options: argparse.Namespace, table: Table) -> None:
    for others in options.children:
        measured(options, table, lambda *x: fan_out(*x, others))


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--children",
        type=int,
        nargs="+",
        default=[1, 100, 500],
        help="fan-out: how many there are to stop (default: 1 100 500)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=10,
        help="idle: how long to count (default: %(default)s)",
    )


if __name__ == "__main__":
    sys.exit(
        benchmark(
            __doc__,
            {
                "fan-out": (all_fan_outs, 15),
                "detection": (lambda o, t: measured(o, t, detection), 5),
                "idle": (
                    lambda o, t: measured(
                        o, t, lambda *x: idle(*x, o.seconds)
                    ),
                    3,
                ),
                "start": (lambda o, t: measured(o, t, start), 20),
            },
            add_options,
        )
    )
