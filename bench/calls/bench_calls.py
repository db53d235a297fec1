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
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import BenchmarkError, Figure, alternate, benchmark
from programs import end, memory_kib, start

FIGURES = {
    "round trip, median": Figure("us", "<= 1.3 x"),
    "64 outstanding": Figure("/s", ">= 0.5 x"),
    "10^6 calls, client's growth": Figure("KiB", "<= 1023"),
    "10^6 calls, service's growth": Figure("KiB", "<= 1023"),
}


def exchange(options, who, outstanding, count):
    """The client's figures, and the service's growth in KiB."""
    program = "ours" if who == "ours" else "floor"
    program = options.build / "bin" / f"bench-calls-{program}"
    with tempfile.TemporaryDirectory(prefix="rr-calls-") as folder:
        router = start(
            [options.build / "bin" / "bench-router-ours",
             *(f"ipc://{folder}/{side}.sock" for side in ("front", "back"))],
            stderr=subprocess.DEVNULL)
        front, back = router.stdout.readline().split()
        service = start([program, "service", back])
        # The service must be known to the router before the first call.
        probe = [program, "client", front, "1", "1", "1"]
        for _ in range(10):
            if subprocess.run(probe, capture_output=True).returncode == 0:
                break
        client = start(
            [program, "client", front, outstanding, count, count // 10])
        try:
            warm_kib = 0
            line = client.stdout.readline()
            if line.strip() == "warm":
                warm_kib = memory_kib(service.pid)
                line = client.stdout.readline()
            if not line:
                raise BenchmarkError(f"{program.name}: no figures")
            grown = memory_kib(service.pid) - warm_kib
            return json.loads(line) | {"service_grown_kib": grown}
        finally:
            for process in (client, service, router):
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
    table.rows(
        {"10^6 calls, client's growth": {"ours": [grown["grown_kib"]]},
         "10^6 calls, service's growth": {"ours": [grown["service_grown_kib"]]}},
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
