#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How costs grow with the number of children, clients, devices and readers.

  children  from exec to the last child's first instruction, from SIGTERM to the
            end, and what the runtime holds; the floor is a loop of posix_spawn
  clients   a call through the router beside so many other clients that are
            connected and do nothing; the floor is a loop on libzmq
  devices   the runtime's CPU for an update of so many devices that change; the
            floor is what it takes to send as many datagrams by sendmmsg
  readers   log events through the forwarder to so many readers; the floor is
            zmq_proxy
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH))
sys.path.insert(1, str(BENCH / "processes"))

from bench_processes import own_processes, with_setup
from figures import ROOT, BenchmarkError, Figure, Table, alternate, benchmark
from programs import (Between, Runtime, cpu_seconds, end, free_udp_port,
                      memory_kib, numbers_of, start)
from runs import Setup, running

CATALOG = ROOT / "config" / "catalog.yaml"
SIZES = {
    "children": [1, 10, 100, 1000, 3000],
    "clients": [1, 10, 100, 1000, 10_000],
    "devices": [1, 10, 100, 1000],
    "readers": [1, 10, 100],
}
# Sockets of one process that are clients of no use: each has a descriptor for
# its connection and one for its own thread's wake-ups.
CROWD = 2000


def figures_of_children(size: int) -> dict[str, Figure]:
    return {
        "all children started": Figure("ms", "<= 1.5 x" if size == 1000 else ""),
        "from SIGTERM to the end": Figure("ms"),
        "resident": Figure("MiB"),
        "descriptors": Figure(""),
    }


def children_once(setup: Setup, ours: bool, count: int) -> dict[str, float]:
    with running(setup, ours, count, "sleeper") as run:
        run.wait_until_ready()
        pids = own_processes(run)
        resident = sum(memory_kib(pid) for pid in pids) / 1024
        descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)
        told = time.monotonic()
        run.finish(0, stop=True)
        begin = run.board.header()[1]
        last = max(slot.first_monotonic for slot in run.board.slots())
        return {
            "all children started": (last - begin) / 1e6,
            "from SIGTERM to the end": (run.ended - told) * 1e3,
            "resident": resident,
            "descriptors": descriptors,
        }


def children(options: argparse.Namespace, table: Table) -> None:
    with with_setup(options) as setup:
        for size in sizes(options, "children"):
            samples = alternate(
                options.rounds,
                lambda who: children_once(setup, who == "ours", size))
            table.rows(samples, figures_of_children(size), f"{size}:", size)


class Router(Between):
    """A router with its echo service, and clients that do nothing."""

    def __init__(self, bin_dir: Path, who: str, clients: int):
        program = "ours" if who == "ours" else "floor"
        super().__init__(bin_dir / f"bench-router-{program}")
        self.load = bin_dir / "bench-router-load"
        quiet = {"stderr": subprocess.DEVNULL}
        self.others = [start([self.load, "echo", self.backend], **quiet)]
        while clients > 0:
            self.others.append(start(
                [self.load, "crowd", self.frontend, min(clients, CROWD)],
                **quiet))
            clients -= CROWD
        if any(x.stdout.readline() != "ready\n" for x in self.others[1:]):
            raise BenchmarkError("not all clients could connect")

    def call(self, outstanding: int, calls: int) -> list[float]:
        return numbers_of([self.load, "call", self.frontend, 10, outstanding,
                           64, calls])

    def __exit__(self, *_) -> None:
        for other in self.others:
            end(other)
        super().__exit__()


def clients_once(options, who: str, size: int) -> dict[str, float]:
    with Router(options.build / "bin", who, size) as router:
        # What it was busy with, to have them all.
        time.sleep(0.2)
        return {
            "calls": router.call(1000, int(60_000 * options.scale))[0],
            "round trip": router.call(1, int(4_000 * options.scale))[1],
            "resident": memory_kib(router.process.pid) / 1024,
        }


def clients(options: argparse.Namespace, table: Table) -> None:
    figures = {"calls": Figure("/s"), "round trip": Figure("us"),
               "resident": Figure("MiB")}
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with limit_of_descriptors(most):
        for size in sizes(options, "clients"):
            samples = alternate(
                options.rounds, lambda who: clients_once(options, who, size))
            table.rows(samples, figures, f"{size}:", size)


@contextlib.contextmanager
def limit_of_descriptors(wanted: int):
    """What routers get that are started meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def devices_once(options, size: int, seconds: float) -> dict[str, float]:
    with Runtime(options.build, f"--device.catalog={CATALOG}",
                 "--update.interval=2ms") as robot:
        changing = subprocess.Popen(
            [options.build / "bin" / "bench-control-devices", str(size),
             CATALOG, "50"],
            stdout=subprocess.PIPE, env=robot.environment)
        try:
            changing.stdout.readline()
            time.sleep(0.5)  # Until the runtime has found them.
            before = robot.status()["update"]
            cpu = cpu_seconds(robot.process.pid)
            time.sleep(seconds)
            cpu = cpu_seconds(robot.process.pid) - cpu
            now = robot.status()["update"]
            resident = memory_kib(robot.process.pid) / 1024
        finally:
            changing.kill()
            changing.communicate()
    count = now["updates"] - before["updates"]
    return {"CPU of an update": cpu / count * 1e6, "resident": resident,
            "datagrams": (now["datagrams"] - before["datagrams"]) / count}


def devices(options: argparse.Namespace, table: Table) -> None:
    figures = {"CPU of an update": Figure("us"), "resident": Figure("MiB"),
               "datagrams": Figure("/update")}
    # Of those that the kernel counts a hundred times a second.
    seconds = 5 * options.scale
    for size in sizes(options, "devices"):
        each = round(devices_once(options, size, seconds)["datagrams"])

        def measure(who, size=size, each=max(each, 1)):
            if who == "ours":
                return devices_once(options, size, seconds)
            sent = numbers_of(
                [options.build / "bin" / "bench-control-send", "224.1.1.1",
                 free_udp_port(), each, 1400, seconds])[0]
            return {"CPU of an update": seconds / (sent / each) * 1e6}

        table.rows(alternate(options.rounds, measure), figures, f"{size}:",
                   size)


def readers(options: argparse.Namespace, table: Table) -> None:
    bin_dir = options.build / "bin"
    for size in sizes(options, "readers"):
        events = int(600_000 / (size + 1) * options.scale)

        def measure(who, size=size, events=events):
            program = "ours" if who == "ours" else "floor"
            with Between(bin_dir / f"bench-log-{program}",
                         front="tcp") as between:
                return {"events": numbers_of(
                    [bin_dir / "bench-log-load", between.frontend,
                     between.backend, size, 500, 200, events])[0]}

        table.rows(alternate(options.rounds, measure),
                   {"events": Figure("/s")}, f"{size}:", size)


def sizes(options: argparse.Namespace, of: str) -> list[int]:
    return [x for x in SIZES[of] if x <= options.most]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=10_000, metavar="N",
                        help="no more of anything than this")
    parser.add_argument("--scale", type=float, default=1.0,
                        help="calls, events or seconds of each measurement, as"
                             " a factor")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"children": (children, 3), "clients": (clients, 3),
         "devices": (devices, 3), "readers": (readers, 3)},
        add_options))
