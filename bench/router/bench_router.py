#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The router against a loop on libzmq alone.

Every round starts the floor, ours and a second floor afresh, and measures them
in turns.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import Figure, add_turns, alternate_afresh, benchmark
from programs import Between, end, numbers_of, start

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


class Router(Between):
    """One router process with its echo service."""

    def __init__(self, bin_dir, who, transport):
        program = "ours" if who == "ours" else "floor"
        super().__init__(bin_dir / f"bench-router-{program}", transport,
                         transport)
        self.load = bin_dir / "bench-router-load"
        self.echo = start([self.load, "echo", self.backend],
                          stderr=subprocess.DEVNULL)

    def call(self, clients, outstanding, size, calls):
        return numbers_of([self.load, "call", self.frontend, clients,
                           outstanding, size, calls])

    def __exit__(self, *_):
        end(self.echo)
        super().__exit__()


def measure(router, size, clients, scale):
    """Throughput in calls a second, p50 and p99 in microseconds."""
    calls = 60_000 if size < 1000 else 30_000
    throughput = router.call(clients, OUTSTANDING, size, int(calls * scale))[0]
    _, p50, p99 = router.call(clients, 1, size, int(4_000 * scale))
    return {"throughput": throughput, "p50": p50, "p99": p99}


def setup_measure(transport, size, clients):
    def run(options, table):
        samples = alternate_afresh(
            options,
            lambda who: Router(options.build / "bin", who, transport),
            lambda router: measure(router, size, clients, options.scale))
        table.rows(samples, FIGURES, f"{transport}-{size}-{clients}")

    return run


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"-".join(map(str, x)): (setup_measure(*x), 5) for x in SETUPS},
        add_turns))
