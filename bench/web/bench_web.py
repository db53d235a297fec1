#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the page costs a robot, and how fast it stops one.

  click    from the page's `estop` on its WebSocket to the last child's handling
           of SIGTERM; the floor is `floor.c` told by a signal
  beside   a stop by a child's exit, a call and a control packet, beside five
           pages that are told everything; the floor is the same without a page
  values   64 devices that change a hundred times a second, told to 1, 5 and 20
           pages, 50 times a second
  off      a robot without a page, beside one of an older build (--old)
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCH), str(BENCH / "processes"), str(BENCH / "profiles")]

import websocket
from bench_processes import with_setup
from bench_profiles import CATALOG, PACKETS, call_times
from bench_stops import busy
from figures import (BenchmarkError, Figure, Table, alternate, benchmark,
                     percentile_99)
from programs import (Runtime, cpu_seconds, end, free_tcp_port, memory_kib,
                      numbers_of, start)
from runs import EMERGENCY_STOP, Extra, Setup, running
from stop_causes import OTHERS, last_of, settle, signal_floor

PAGES = Path(__file__).with_name("pages.py")
DEVICES = 64
RATE = 50  # messages of values a second
# Of a probe's value, told one at a time.
PROBES = 40


def page_option(port: int) -> str:
    return f"--web.address=http://127.0.0.1:{port}"


@contextlib.contextmanager
def pages(port: int, count: int, rate: int) -> Iterator[subprocess.Popen]:
    if not count:
        yield None
        return
    process = start([sys.executable, PAGES, port, count, rate])
    try:
        if process.stdout.readline() != "ready\n":
            raise BenchmarkError("the pages could not connect")
        yield process
    finally:
        end(process)


def click_once(setup: Setup, ours: bool) -> float:
    port = free_tcp_port()
    with running(setup, ours, OTHERS, "sleeper",
                 extra=Extra(options=[page_option(port)])) as run:
        settle(run)
        if not ours:
            return signal_floor(run)
        page = websocket.create_connection(
            f"ws://127.0.0.1:{port}/stream", subprotocols=["robot-runtime.v1"],
            suppress_origin=True, timeout=60)
        page.recv()
        time.sleep(0.05)
        moment = time.monotonic_ns()
        page.send(json.dumps({"type": "estop", "id": 1, "reason": "bench"}))
        run.finish(EMERGENCY_STOP)
        return last_of(run, moment)


def click(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        for load, loops in {"idle": 0, "busy": 2 * os.cpu_count()}.items():
            name = f"click, {load}"
            with busy(loops):
                samples = alternate(
                    options.rounds,
                    lambda who: {name: click_once(setup, who == "ours")})[name]
            table.row(f"{name} p50", Figure("us"), samples)
            table.row(f"{name} p99", Figure("us", "", percentile_99), samples)


def stop_once(setup: Setup, count: int) -> float:
    """With a robot of ours either way, whose trigger waits for one more on the
    board than there are: until the pages are there."""
    port = free_tcp_port()
    extra = Extra(options=[page_option(port)] if count else [],
                  children=OTHERS + 1)
    with running(setup, True, OTHERS + 2, "sleeper", "trigger", extra) as run:
        run.wait_for("the children",
                     lambda: run.board.header()[0] == OTHERS + 1)
        with pages(port, count, RATE):
            time.sleep(0.3)
            run.board.arrive()
            run.finish(EMERGENCY_STOP)
            return last_of(run, run.board.slots()[OTHERS].end_monotonic)


def beside(options: argparse.Namespace, table: Table) -> None:
    figures = {"stop p50": Figure("us", "<= 1.1 x"),
               "call p50": Figure("us", "<= 1.1 x"),
               "control p50": Figure("us", "<= 1.1 x")}

    def measure(setup: Setup, count: int) -> dict[str, float]:
        port = free_tcp_port()
        more = [page_option(port)] if count else []
        with Runtime(options.build, f"--device.catalog={CATALOG}",
                     *more) as robot, pages(port, count, RATE):
            call = statistics.median(call_times(robot.path))
            control = numbers_of(
                [options.build / "bin" / "bench-control-latency", "ours",
                 robot.port, PACKETS], env=robot.environment)[0]
        return {"stop p50": stop_once(setup, count), "call p50": call,
                "control p50": control}

    with with_setup(options) as setup:
        table.rows(
            alternate(options.rounds,
                      lambda who: measure(setup, 5 if who == "ours" else 0)),
            figures, "beside 5 pages:")


def write_probes(build: Path, robot: Runtime, told: subprocess.Popen) -> list[float]:
    """Milliseconds from a write to the message that has it."""
    # The module that belongs to what is measured.
    sys.path.insert(0, str(build / "python"))
    os.environ |= {"RR_DEVICE_PREFIX": robot.environment["RR_DEVICE_PREFIX"],
                   "RR_DEVICE_CATALOG": str(CATALOG)}
    from robot_runtime import buffers

    times = []
    with contextlib.closing(
            buffers.open("motor", 0x1_00_00000000DEADBEEF, create=True)) as probe:
        time.sleep(0.5)
        for number in range(PROBES):
            value = 100 + number + 0.5
            told.stdin.write(f"enc_pos {value}\n")
            told.stdin.flush()
            told.stdout.readline()
            time.sleep(0.01 + number % 7 * 0.003)
            moment = time.monotonic_ns()
            probe.set("enc_pos", value)
            seen = int(told.stdout.readline())
            if not seen:
                raise BenchmarkError("a value has not come")
            times.append((seen - moment) / 1e6)
    return times


def values_once(options, count: int, seconds: float) -> dict[str, float]:
    port = free_tcp_port()
    with Runtime(options.build, f"--device.catalog={CATALOG}",
                 page_option(port)) as robot:
        changing = subprocess.Popen(
            [options.build / "bin" / "bench-control-devices", str(DEVICES),
             CATALOG, "100"], stdout=subprocess.PIPE, env=robot.environment)
        try:
            changing.stdout.readline()
            time.sleep(0.5)
            before = memory_kib(robot.process.pid)
            # The one that is asked has a process to itself: threads of one
            # Python wait for each other.
            with pages(port, 1, RATE) as told, pages(port, count - 1, RATE):
                time.sleep(0.5)
                cpu = cpu_seconds(robot.process.pid)
                time.sleep(seconds)
                cpu = cpu_seconds(robot.process.pid) - cpu
                grown = memory_kib(robot.process.pid) - before
                times = write_probes(options.build, robot, told)
        finally:
            changing.kill()
            changing.communicate()
    return {"CPU": cpu / seconds * 100, "memory of a page": grown / count,
            "write to message p50": statistics.median(times),
            "write to message p99": percentile_99(times)}


def values(options: argparse.Namespace, table: Table) -> None:
    figures = {"CPU": Figure("%"), "memory of a page": Figure("KiB"),
               "write to message p50": Figure("ms"),
               "write to message p99": Figure("ms", "", max)}
    for count in (1, 5, 20):
        if count > options.most:
            continue
        samples = {}
        for _ in range(options.rounds):
            for name, value in values_once(options, count,
                                           options.seconds).items():
                samples.setdefault(name, {}).setdefault("ours", []).append(
                    value)
        table.rows(samples, figures, f"{count} pages:", count)


def off(options: argparse.Namespace, table: Table) -> None:
    if not options.old:
        print("off: needs --old, where an older build is")
        return

    def measure(who):
        build = options.build if who == "ours" else options.old
        with Runtime(build) as robot:
            time.sleep(0.5)
            threads = len(os.listdir(f"/proc/{robot.process.pid}/task"))
            return {"resident": memory_kib(robot.process.pid) / 1024,
                    "threads": threads}

    table.rows(alternate(options.rounds, measure),
               {"resident": Figure("MiB"), "threads": Figure("")}, "off:")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=5,
                        help="values: how long (default: %(default)s)")
    parser.add_argument("--most", type=int, default=20,
                        help="values: no more pages than this")
    parser.add_argument("--old", type=Path, help="off: an older build")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"click": (click, 12), "beside": (beside, 12), "values": (values, 3),
         "off": (off, 5)},
        add_options))
