#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long an emergency takes while the watcher has much else to do, against
the same on a machine at rest. Every measurement is started afresh.

  storm  200 children are being started, half of which end at once
  crowd  the same, and 10,000 processes that a child has left, which the watcher
         looks through each time a child ends
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import Figure, alternate, benchmark, percentile_99
from programs import numbers_of

P50 = Figure("us")
P99 = Figure("us", "<= 2 x", percentile_99)


def emergency(name, kind, crowd):
    def run(options, table):
        program = options.build / "bin" / "bench-storm"

        def measure(who):
            busy = [200, crowd(options)] if who == "ours" else [0, 0]
            return {name: numbers_of([program, kind, *busy])[0] / 1e3}

        samples = alternate(options.rounds, measure)[name]
        table.row(f"{name} p50", P50, samples)
        table.row(f"{name} p99", P99, samples)

    return run


def add_options(parser):
    parser.add_argument("--crowd", type=int, default=10_000,
                        help="processes that are left (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"storm": (emergency("storm", "automatic", lambda _: 0), 50),
         "crowd": (emergency("storm, crowd, cookie", "cookie",
                             lambda options: options.crowd), 50)},
        add_options))
