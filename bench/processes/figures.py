# SPDX-License-Identifier: BSD-3-Clause
"""What one run tells, by the name of the figure."""

from __future__ import annotations

import datetime
import statistics
import time
from pathlib import Path

from runs import EMERGENCY_STOP, Run, Setup, running


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
