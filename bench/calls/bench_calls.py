#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Remote calls against the same exchange on raw DEALER sockets.

Every measurement has a router, a service and a client of its own, started
afresh.

  trip    one call at a time
  rate    64 calls outstanding
  memory  a million calls, and what client and service have grown by
"""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import BenchmarkError, Figure, alone, alternate, benchmark
from programs import Between, end, memory_kib, start

FIGURES = {
    "round trip, median": Figure("us", "<= 1.3 x"),
    "64 outstanding": Figure("/s", ">= 0.5 x"),
    "10^6 calls, client's growth": Figure("KiB", "<= 1023"),
    "10^6 calls, service's growth": Figure("KiB", "<= 1023"),
}


def exchange(options, who, outstanding, count):
    """The client's figures, and what both have grown by after the warm-up, in
    KiB."""
    program = "ours" if who == "ours" else "floor"
    program = options.build / "bin" / f"bench-calls-{program}"
    with Between(options.build / "bin" / "bench-router-ours") as router:
        service = start([program, "service", router.backend])
        # The service must be known to the router before the first call.
        probe = [program, "client", router.frontend, "1", "1", "1"]
        for _ in range(10):
            if subprocess.run(probe, capture_output=True,
                              stdin=subprocess.DEVNULL).returncode == 0:
                break
        client = start([program, "client", router.frontend, outstanding, count,
                        count // 10])
        sides = {"client": client.pid, "service": service.pid}
        try:
            client.stdout.readline()
            warm = {side: memory_kib(pid) for side, pid in sides.items()}
            line = client.stdout.readline()
            if not line:
                raise BenchmarkError(f"{program.name}: no figures")
            return json.loads(line) | {side: memory_kib(pid) - warm[side]
                                       for side, pid in sides.items()}
        finally:
            for process in (client, service):
                end(process)


def compare(name, outstanding, key):
    def run(options, table):
        samples = alternate(
            options.rounds,
            lambda who: {
                name: exchange(options, who, outstanding, options.count)[key]
            })
        table.rows(samples, FIGURES)

    return run


def memory(options, table):
    grown = exchange(options, "ours", 64, 1_000_000)
    table.rows(alone(1, lambda: {f"10^6 calls, {side}'s growth": grown[side]
                                 for side in ("client", "service")}),
               FIGURES)


def add_options(parser):
    parser.add_argument("--count", type=int, default=20_000,
                        help="calls of each measurement (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"trip": (compare("round trip, median", 1, "p50_us"), 7),
         "rate": (compare("64 outstanding", 64, "per_second"), 7),
         "memory": (memory, 1)},
        add_options))
