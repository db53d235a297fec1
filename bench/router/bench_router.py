#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The router against a loop on libzmq alone.

Every round starts the floor, ours and a second floor afresh, and measures them
in turns.
"""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import TURNS, Figure, alternate, benchmark
from programs import end, numbers_of, start

OUTSTANDING = 1000
FIGURES = {
    "throughput": Figure("/s", ">= 0.95 x"),
    "p50": Figure("us", "<= 1.05 x"),
    "p99": Figure("us", "<= 1.25 x"),
}
SETUPS = [(transport, size, clients)
          for transport in ("ipc", "tcp")
          for size in (64, 4096)
          for clients in (1, 50)]


class Router:
    """One router process with its echo service."""

    def __init__(self, bin_dir, who, transport):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        wanted = ["tcp://127.0.0.1:*"] * 2
        if transport == "ipc":
            wanted = [f"ipc://{self.folder.name}/{side}.sock"
                      for side in ("rpc", "service")]
        program = "ours" if who == "ours" else "floor"
        quiet = {"stderr": subprocess.DEVNULL}
        self.router = start([bin_dir / f"bench-router-{program}", *wanted],
                            **quiet)
        self.frontend, backend = self.router.stdout.readline().split()
        self.load = bin_dir / "bench-router-load"
        self.echo = start([self.load, "echo", backend], **quiet)

    def call(self, clients, outstanding, size, calls):
        return numbers_of([self.load, "call", self.frontend, clients,
                           outstanding, size, calls])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.echo)
        end(self.router)
        self.folder.cleanup()


def measure(router, size, clients, scale):
    """Throughput in calls a second, p50 and p99 in microseconds."""
    calls = 60_000 if size < 1000 else 30_000
    throughput = router.call(clients, OUTSTANDING, size, int(calls * scale))[0]
    _, p50, p99 = router.call(clients, 1, size, int(4_000 * scale))
    return {"throughput": throughput, "p50": p50, "p99": p99}


def setup_measure(transport, size, clients):
    def run(options, table):
        samples = {}
        for _ in range(options.rounds):
            with contextlib.ExitStack() as stack:
                routers = {
                    who: stack.enter_context(
                        Router(options.build / "bin", who, transport))
                    for who in TURNS
                }
                alternate(options.turns,
                          lambda who: measure(routers[who], size, clients,
                                              options.scale),
                          samples)
        table.rows(samples, FIGURES, f"{transport}-{size}-{clients}")

    return run


def add_options(parser):
    parser.add_argument("--turns", type=int, default=3,
                        help="how often each is measured in a round"
                             " (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=1.0,
                        help="calls of each measurement, as a factor")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"-".join(map(str, x)): (setup_measure(*x), 5) for x in SETUPS},
        add_options))
