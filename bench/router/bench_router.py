#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The router against a loop on libzmq alone, as ratios of one run.

Every round starts the floor, ours, and a second floor afresh, measures them in
turns, and takes the median of each. A ratio is ours to the mean of the round's
two floors, the median over all rounds; the noise is one floor to the other in
the same way. Exit code 1 when a limit does not hold.

    bench_router.py [--build build/release] [--rounds 5] [--only ipc-64-1]
"""
import argparse
import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile

OUTSTANDING = 1000
# What ours may be at least (throughput) or at most (round trips), as a ratio.
LIMITS = {"throughput": 0.95, "p50": 1.05, "p99": 1.25}
SETUPS = [(transport, size, clients)
          for transport in ("ipc", "tcp")
          for size in (64, 4096)
          for clients in (1, 50)]


class Router:
    """One router process with its echo service."""

    def __init__(self, bin_dir, program, transport):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        if transport == "ipc":
            wanted = [f"ipc://{self.folder.name}/{side}.sock"
                      for side in ("rpc", "service")]
        else:
            wanted = ["tcp://127.0.0.1:*"] * 2
        self.router = self.start([bin_dir / program, *wanted],
                                 stdout=subprocess.PIPE)
        self.frontend, self.backend = self.router.stdout.readline().split()
        self.load = bin_dir / "bench-router-load"
        self.echo = self.start([self.load, "echo", self.backend])

    @staticmethod
    def start(command, **how):
        return subprocess.Popen(command, stdin=subprocess.PIPE, text=True,
                                stderr=subprocess.DEVNULL, **how)

    def call(self, clients, outstanding, size, calls):
        done = subprocess.run(
            [self.load, "call", self.frontend, str(clients), str(outstanding),
             str(size), str(calls)],
            check=True, capture_output=True, text=True, timeout=120)
        return [float(x) for x in done.stdout.split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.echo, self.router):
            process.stdin.close()
            process.wait(timeout=10)
        self.router.stdout.close()
        self.folder.cleanup()


def measure(router, size, clients, scale):
    """Throughput in calls a second, p50 and p99 in microseconds."""
    calls = 60_000 if size < 1000 else 30_000
    throughput = router.call(clients, OUTSTANDING, size, int(calls * scale))[0]
    _, p50, p99 = router.call(clients, 1, size, int(4_000 * scale))
    return {"throughput": throughput, "p50": p50, "p99": p99}


def run_round(bin_dir, setup, turns, scale):
    """The medians of the first floor, ours, and the second floor."""
    transport, size, clients = setup
    programs = [f"bench-router-{x}" for x in ("floor", "ours", "floor")]
    with contextlib.ExitStack() as stack:
        routers = [stack.enter_context(Router(bin_dir, x, transport))
                   for x in programs]
        seen = [[] for _ in routers]
        for turn in range(turns):
            for i in range(len(routers)):
                which = (i + turn) % len(routers)
                seen[which].append(measure(routers[which], size, clients,
                                           scale))
    return [{key: statistics.median(x[key] for x in results)
             for key in LIMITS} for results in seen]


def run_setup(bin_dir, setup, rounds, turns, scale):
    ratios = {key: [] for key in LIMITS}
    noise = {key: [] for key in LIMITS}
    figures = {"floor": {key: [] for key in LIMITS},
               "ours": {key: [] for key in LIMITS}}
    for _ in range(rounds):
        first, ours, second = run_round(bin_dir, setup, turns, scale)
        for key in LIMITS:
            floors = [first[key], second[key]]
            ratios[key].append(ours[key] / statistics.mean(floors))
            noise[key].append(second[key] / first[key])
            figures["floor"][key] += floors
            figures["ours"][key].append(ours[key])
    return figures, ratios, noise


def report(setup, figures, ratios, noise):
    name = "-".join(str(x) for x in setup)
    good = True
    for key, limit in LIMITS.items():
        ratio = statistics.median(ratios[key])
        holds = ratio >= limit if key == "throughput" else ratio <= limit
        good = good and holds
        unit, digits = ("/s", 0) if key == "throughput" else ("us", 1)
        print(f"{name:12} {key:10}"
              f" floor {statistics.median(figures['floor'][key]):9.{digits}f}"
              f" ours {statistics.median(figures['ours'][key]):9.{digits}f}"
              f" {unit:2} ratio {ratio:5.3f}"
              f" floor/floor {statistics.median(noise[key]):5.3f}"
              f" ({min(noise[key]):.2f} to {max(noise[key]):.2f})"
              f" limit {'>=' if key == 'throughput' else '<='} {limit:4.2f}"
              f" {'holds' if holds else 'DOES NOT HOLD'}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0,
                        help="calls of each measurement, as a factor")
    parser.add_argument("--only", help="one setup, as in ipc-64-1")
    args = parser.parse_args()
    bin_dir = pathlib.Path(args.build).resolve() / "bin"
    good = True
    for setup in SETUPS:
        if args.only in (None, "-".join(str(x) for x in setup)):
            result = run_setup(bin_dir, setup, args.rounds, args.turns,
                               args.scale)
            good = report(setup, *result) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
