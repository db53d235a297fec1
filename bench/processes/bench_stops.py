#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How robot-runtime stops and restarts, whatever is the cause, and what is left
of a runtime that is killed, against the least that a program can do for the
same. Every measurement is started afresh.

  estop     from the cause of an emergency to the last child's handling of
            SIGTERM, on a machine at rest and with loops on every core
  orphans   what lives of the children of a runtime that is killed
  restart   from a child's exit to the first instruction of the next
  shutdown  a stop of children that ignore SIGTERM
  idle      children with watchdogs and probes
  watchdog  children that report in time, on a machine that four loops keep busy
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_processes import context_switches, own_processes, with_setup
from board import Board
from figures import Figure, Table, alone, alternate, benchmark, percentile_99
from programs import status_number
from runs import Extra, Run, Setup, running
from stop_causes import CAUSES, WATCHDOG, by_watchdog, settle

BURNERS = 4
P50 = Figure("us")
P99 = Figure("us", "", percentile_99)
WORST = Figure("us", "", max)
TERMINATE_TIMEOUT = 0.5


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Two loops on every core that never sleep."""
    loops = [
        subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"])
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def knows_watchdogs(setup: Setup) -> bool:
    """Whether this runtime does what the key says."""
    file = setup.folder / "watchdog.ini"
    file.write_text(
        '[process.a]\ncommand = ["/bin/true"]\nready = "notify"\n'
        "watchdog = 1s\n"
    )
    done = subprocess.run(
        [setup.programs / "robot-runtime", "check", f"--config-file={file}"],
        capture_output=True,
        text=True,
    )
    return "watchdog" not in done.stderr


def estop(options: argparse.Namespace, table: Table) -> None:
    loads = {"idle": 0, "busy": 2 * os.cpu_count()}
    with with_setup(options) as setup:
        for cause, measure in CAUSES.items():
            if options.cause and cause.split()[-1] not in options.cause:
                continue
            if measure is by_watchdog and not knows_watchdogs(setup):
                print(f"{cause}: this runtime knows no watchdog")
                continue
            for load, loops in loads.items():
                name = f"{cause}, {load}"
                with busy(loops):
                    samples = alternate(
                        options.rounds,
                        lambda who: {name: measure(setup, who == "ours")},
                    )[name]
                for title, figure in {
                    "p50": P50, "p99": P99, "worst": WORST
                }.items():
                    table.row(f"{name} {title}", figure, samples)


def kill_host(setup: Setup, kind: str, children: int) -> dict[str, float]:
    """How many processes live two seconds after the runtime was killed, and
    milliseconds to the end of the last."""
    setup.runs += 1
    board = Board(setup.shared / f"board-{setup.runs}", 2 * children)
    host = subprocess.Popen(
        [setup.program("host"), kind, board.path, setup.program("stray")]
    )
    run = Run("host", setup.folder / str(setup.runs), board, host)
    run.folder.mkdir()
    for name in ("out", "err"):
        (run.folder / name).touch()
    try:
        run.wait_until_ready()
        begin = time.monotonic()
        host.kill()
        host.wait()
        end = begin + 2
        while (left := run.left_running()) and time.monotonic() < end:
            time.sleep(0.001)
        return {
            f"survivors, {kind}": len(left),
            f"until the last has gone, {kind}":
                (time.monotonic() - begin) * 1e3,
        }
    finally:
        run.clean_up()


def orphans(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        for kind, limit in (("group", "<= 0"), ("namespace", "<= 0"),
                            # Whose environment is gone, nobody finds.
                            ("cookie", "")):
            samples = alone(options.rounds, lambda: kill_host(setup, kind, 8))
            table.rows(samples, {
                f"survivors, {kind}": Figure("", limit, sum, exact=True),
                f"until the last has gone, {kind}": Figure("ms", "", max),
            })


def restarts(setup: Setup, ours: bool, lives: int = 40) -> dict[str, float]:
    """The median of all lives of one run."""
    extra = Extra(
        children=1,
        floor="respawn",
        keys={
            "restart": '"always"',
            "restart-delay": "1us",
            "restart-max-delay": "1us",
            "restart-limit": "1000000",
        },
    )
    with running(setup, ours, lives, "phoenix", extra=extra) as run:
        run.wait_until_ready()
        time.sleep(0.1)
        run.finish(0, stop=True)
        slots = run.board.slots()
        return {"restart": statistics.median(
            (new.first_monotonic - old.end_monotonic) / 1e3
            for old, new in zip(slots, slots[1:])
        )}


def restart(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        samples = alternate(
            options.rounds, lambda who: restarts(setup, who == "ours")
        )
        table.rows(samples, {"restart": Figure("us", "<= 1.5 x")})


def shut_down(setup: Setup, children: int) -> dict[str, float]:
    """Milliseconds of a stop, beyond the time that children have."""
    extra = Extra(keys={
        "terminate-timeout": f"{TERMINATE_TIMEOUT * 1000:.0f}ms"
    })
    with running(setup, True, children, "stubborn", extra=extra) as run:
        settle(run)
        begin = time.monotonic()
        run.finish(0, stop=True)
        took = run.ended - begin - TERMINATE_TIMEOUT
        return {f"shutdown of {children}": took * 1e3}


def shutdown(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        samples = alone(options.rounds, lambda: shut_down(setup, 100))
        table.rows(samples, {name: Figure("ms", "<= 50") for name in samples})


def watched(setup: Setup, seconds: float) -> dict[str, float]:
    """Of the runtime and its helpers, not of what they start for a probe."""
    extra = Extra(keys={
        "ready": '"notify"',
        "watchdog": f"{WATCHDOG:.0f}s",
        "probe": '["/bin/true"]',
        "probe-interval": "5s",
    })
    with running(setup, True, 20, "watched", extra=extra) as run:
        run.wait_until_ready()
        time.sleep(2)
        pids = own_processes(run)
        before = context_switches(pids)
        begin = time.monotonic()
        time.sleep(seconds)
        pids = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        after = context_switches(pids)
        elapsed = time.monotonic() - begin
        switches = sum(
            count - before[task] for task, count in after.items()
            if task in before
        )
        resident = sum(
            status_number(Path(f"/proc/{pid}/status"), "VmRSS") for pid in pids
        )
        run.finish(0, stop=True)
        return {
            "idle, watched: context switches": switches / elapsed,
            "idle, watched: resident": resident / 1024,
        }


def idle(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        samples = alone(
            options.rounds, lambda: watched(setup, options.seconds or 10)
        )
        table.rows(samples, {
            "idle, watched: context switches": Figure("/s"),
            "idle, watched: resident": Figure("MiB"),
        })


def beaten(setup: Setup, seconds: float) -> dict[str, float]:
    extra = Extra(keys={
        "ready": '"notify"',
        "watchdog": f"{WATCHDOG:.0f}s",
        "on-failure": '"ignore"',
    })
    with running(setup, True, 20, "watched", extra=extra) as run:
        run.wait_until_ready()
        with busy(BURNERS):
            time.sleep(seconds)
        run.finish(0, stop=True)
        trips = sum(x["event"] == "Watchdog missed" for x in run.events)
        return {"watchdog: false trips": trips}


def watchdog(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        samples = alone(
            options.rounds, lambda: beaten(setup, options.seconds or 600)
        )
        table.rows(samples, {
            "watchdog: false trips": Figure("", "<= 0", sum, exact=True)
        })


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float,
        help="how long to count (default: idle 10, watchdog 600)",
    )
    parser.add_argument(
        "--cause", nargs="+",
        choices=[cause.split()[-1] for cause in CAUSES],
        help="estop: the causes to measure (default: all)",
    )


if __name__ == "__main__":
    sys.exit(
        benchmark(
            __doc__,
            {
                "estop": (estop, 50),
                "orphans": (orphans, 200),
                "restart": (restart, 10),
                "shutdown": (shutdown, 5),
                "idle": (idle, 3),
                "watchdog": (watchdog, 1),
            },
            add_options,
        )
    )
