#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the black box costs a runtime: the floor is one with `[record] keep = 0s`.

  log      a process prints so many lines a second
  devices  64 devices, of which each value changes a thousand times a second
  idle     nothing happens
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import (
    ROOT,
    TURNS,
    BenchmarkError,
    Figure,
    Samples,
    Table,
    add_sample,
    benchmark,
    progress,
)
from programs import Runtime, cpu_seconds, end, memory_kib, start, status_number

CATALOG = ROOT / "config" / "catalog.yaml"
PRINTER = Path(__file__).with_name("printer.py")

FIGURES = {
    "CPU": Figure("ms/s"),
    "context switches": Figure("/s"),
    "resident": Figure("MiB"),
    "memory of the ring": Figure("MiB"),
}


def options_of(who: str) -> list[str]:
    return [f"--record.keep={'60s' if who == 'ours' else '0s'}"]


def switches(pid: int) -> int:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for name in ("voluntary_ctxt_switches",
                         "nonvoluntary_ctxt_switches"):
                total += status_number(task / "status", name)
    return total


def costs(robot: Runtime, seconds: float) -> dict[str, float]:
    pid = robot.process.pid
    begin, cpu, turns = time.monotonic(), cpu_seconds(pid), switches(pid)
    time.sleep(seconds)
    took = time.monotonic() - begin
    ring = robot.path / "run" / "black-box"
    if robot.process.poll() is not None:
        raise BenchmarkError("the runtime has ended")
    return {
        "CPU": (cpu_seconds(pid) - cpu) / took * 1000,
        "context switches": (switches(pid) - turns) / took,
        "resident": memory_kib(pid) / 1024,
        "memory of the ring":
            ring.stat().st_blocks / 2048 if ring.exists() else 0,
    }


@contextlib.contextmanager
def printing(options: argparse.Namespace, who: str) -> Iterator[Runtime]:
    given = [
        f'--process.printer.command=["/usr/bin/python3", "{PRINTER}", '
        f'"{options.rate}"]',
        "--log.queue=65536",
    ]
    with Runtime(options.build, *options_of(who), *given) as robot:
        yield robot


@contextlib.contextmanager
def moving(options: argparse.Namespace, who: str) -> Iterator[Runtime]:
    with Runtime(options.build, f"--device.catalog={CATALOG}",
                 *options_of(who)) as robot:
        devices = start([options.build / "bin" / "bench-control-devices",
                         64, CATALOG], env=robot.environment)
        if devices.stdout.readline() != "ready\n":
            raise BenchmarkError("there are no devices")
        try:
            yield robot
        finally:
            devices.kill()
            end(devices)


@contextlib.contextmanager
def idling(options: argparse.Namespace, who: str) -> Iterator[Runtime]:
    with Runtime(options.build, *options_of(who)) as robot:
        yield robot


def by_turns(part):
    def measure(options: argparse.Namespace, table: Table) -> None:
        samples: Samples = {}
        for number in range(options.rounds):
            for turn in range(len(TURNS)):
                who = TURNS[(number + turn) % len(TURNS)]
                progress(f"round {number + 1} of {options.rounds}: {who}")
                with part(options, who) as robot:
                    time.sleep(options.seconds / 4)
                    add_sample(samples, who, costs(robot, options.seconds))
        progress("")
        table.rows(samples, FIGURES, part.__name__)
    return measure


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=10.0,
                        help="of each measurement (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=10_000,
                        help="lines a second (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"log": (by_turns(printing), 5), "devices": (by_turns(moving), 5),
         "idle": (by_turns(idling), 5)},
        add_options))
