#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the profiles in config/ change: robot-runtime with the defaults, by turns
with one key of a profile, and then with all of it.

  low-latency  how soon a stop, a call and a control packet get through, on a
               machine at rest and with two loops on every core
  low-power    what a robot costs that does nothing
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]),
                str(Path(__file__).parents[1] / "processes")]

import cbor2
import devices
import zmq
from bench_processes import context_switches, own_processes, with_setup
from bench_stops import busy
from figures import (
    ROOT,
    BenchmarkError,
    Figure,
    Table,
    alternate,
    benchmark,
    percentile_99,
)
from programs import Runtime, numbers_of, status_number
from runs import Extra, Setup, running
from stop_causes import by_exit

CATALOG = ROOT / "config" / "catalog.yaml"
CALLS = 200
PACKETS = 200
LOOPS = {"idle": 0, "busy": 4}

LATENCIES = {
    "stop, worst": Figure("us", "", max),
    "stop, p50": Figure("us"),
    "call, p50": Figure("us"),
    "call, p99": Figure("us"),
    "control, p50": Figure("us"),
    "control, p99": Figure("us"),
    "update, p50": Figure("ms"),
    "safe after a killed runtime": Figure("ms"),
}
COSTS = {
    "context switches": Figure("/s"),
    "CPU": Figure("ms/s"),
    "resident": Figure("MiB"),
}


def keys_of(profile: str) -> dict[str, str]:
    """By `group.key`, each as an option of the command line."""
    result, group = {}, ""
    for line in (ROOT / "config" / f"{profile}.ini").read_text().splitlines():
        if line.startswith("["):
            group = line.strip("[] ")
        elif line and not line.startswith(";"):
            key, _, value = (x.strip() for x in line.partition("="))
            result[f"{group}.{key}"] = f"--{group}.{key}={value}"
    return result


def call_times(folder: Path) -> list[float]:
    """Microseconds of calls that the broker itself answers, one by one."""
    caller = zmq.Context.instance().socket(zmq.DEALER)
    caller.setsockopt(zmq.IDENTITY, b"bench")
    caller.setsockopt(zmq.LINGER, 0)
    caller.connect(f"ipc://{folder}/run/rpc.sock")
    times = []
    for number in range(CALLS + 10):
        begin = time.perf_counter()
        caller.send_multipart(
            [b"broker-service", cbor2.dumps([0, number, "ping", []])])
        caller.recv_multipart()
        times.append((time.perf_counter() - begin) * 1e6)
        time.sleep(0.002)
    caller.close()
    return times[10:]


def control_times(
    options: argparse.Namespace, given: list[str], attempts: int = 3
) -> dict[str, float]:
    """From a control packet to its value. Made again where the machine stood
    still meanwhile: after that a driver has to let go first."""
    with Runtime(options.build, f"--device.catalog={CATALOG}",
                 *given) as robot:
        try:
            median, high, _ = numbers_of(
                [options.build / "bin" / "bench-control-latency", "ours",
                 robot.port, PACKETS],
                env=robot.environment,
            )
            return {"control, p50": median, "control, p99": high}
        except BenchmarkError:
            if attempts == 1:
                raise
    return control_times(options, given, attempts - 1)


def latencies(
    options: argparse.Namespace, setup: Setup, given: list[str]
) -> dict[str, float]:
    setup.options = given
    stop = by_exit(setup, True)
    result = {"stop, worst": stop, "stop, p50": stop}
    with Runtime(options.build, f"--device.catalog={CATALOG}",
                 *given) as robot:
        times = call_times(robot.path)
        result["call, p50"] = statistics.median(times)
        result["call, p99"] = percentile_99(times)
    return (result | control_times(options, given)
            | devices.measure(options, given))


def low_latency(options: argparse.Namespace, table: Table) -> None:
    for name, given in choices(options, "low-latency"):
        for load in options.load:
            with with_setup(options) as setup, busy(LOOPS[load]):
                samples = alternate(
                    options.rounds,
                    lambda who: latencies(
                        options, setup, given if who == "ours" else []),
                )
            table.rows(samples, LATENCIES, f"{name}, {load}:")


def cpu_ms(pids: list[int]) -> float:
    """Of every thread, to the nanosecond."""
    return sum(
        int((task / "schedstat").read_text().split()[0]) / 1e6
        for pid in pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    )


def costs(setup: Setup, given: list[str], seconds: float) -> dict[str, float]:
    """Of the runtime and its helpers, with 20 children that sleep and the
    example catalog, at the defaults' intervals."""
    setup.options = [
        "--update.interval=100ms",
        f"--device.catalog={CATALOG}",
        f"--device.prefix=b{os.getpid()}",
        *given,
    ]
    with running(setup, True, 20, "sleeper", extra=Extra()) as run:
        run.wait_until_ready()
        time.sleep(1)
        pids = own_processes(run)
        before = context_switches(pids)
        cpu = cpu_ms(pids)
        begin = time.monotonic()
        time.sleep(seconds)
        elapsed = time.monotonic() - begin
        switches = sum(context_switches(pids).values()) - sum(before.values())
        cpu = cpu_ms(pids) - cpu
        resident = sum(
            status_number(Path(f"/proc/{pid}/status"), "VmRSS") for pid in pids
        )
        run.finish(0, stop=True)
        return {
            "context switches": switches / elapsed,
            "CPU": cpu / elapsed,
            "resident": resident / 1024,
        }


def low_power(options: argparse.Namespace, table: Table) -> None:
    for name, given in choices(options, "low-power"):
        with with_setup(options) as setup:
            samples = alternate(
                options.rounds,
                lambda who: costs(setup, given if who == "ours" else [],
                                  options.seconds),
            )
        table.rows(samples, COSTS, f"{name}:")


def choices(
    options: argparse.Namespace, profile: str
) -> Iterator[tuple[str, list[str]]]:
    """What is measured by itself: each key, and all of them."""
    keys = keys_of(profile)
    if options.option:
        yield " ".join(options.option), [f"--{x}" for x in options.option]
        return
    for key, option in keys.items():
        yield key, [option]
    yield profile, list(keys.values())


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--option", nargs="+", metavar="GROUP.KEY=VALUE",
        help="measure these in the place of what the profile has",
    )
    parser.add_argument(
        "--load", nargs="+", choices=list(LOOPS), default=list(LOOPS),
        help="low-latency: what else the machine does (default: both)",
    )
    parser.add_argument(
        "--seconds", type=float, default=5,
        help="low-power: how long to count (default: %(default)s)",
    )


if __name__ == "__main__":
    sys.exit(
        benchmark(
            __doc__,
            {"low-latency": (low_latency, 10), "low-power": (low_power, 3)},
            add_options,
        )
    )
