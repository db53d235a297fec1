#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The codec of remote calls against Python's cbor2 (its C extension), on a
request whose one argument is a map of ten fields."""

import sys
import time
from pathlib import Path

import cbor2

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import BenchmarkError, Figure, alternate, benchmark
from programs import end, start

FIGURES = {
    "encode": Figure("ns", "<= 1 x"),
    "decode": Figure("ns", "<= 1 x"),
    "both": Figure("ns", "<= 1 x"),
    "form check": Figure("ns"),
}
MESSAGE = [
    0,
    17,
    "set_parameters",
    [
        {
            "switch0": True,
            "switch1": False,
            "position": 12.5,
            "velocity": 0.1,
            "count": 123456,
            "name": "left_motor",
            "uid": "72057594037927936",
            "mode": "auto",
            "offset": -12,
            "limit": None,
        }
    ],
]


def nanoseconds(count, function, argument):
    start_time = time.perf_counter_ns()
    for _ in range(count):
        function(argument)
    return (time.perf_counter_ns() - start_time) / count


def codec(options, table):
    if cbor2.loads.__module__ != "_cbor2":
        raise BenchmarkError("cbor2 has no C extension here")
    payload = cbor2.dumps(MESSAGE)
    program = start([options.build / "bin" / "bench-codec", payload.hex()])

    def measure(who):
        if who == "ours":
            program.stdin.write(f"{options.count}\n")
            program.stdin.flush()
            line = program.stdout.readline()
            check, encode, decode = map(float, line.split())
            more = {"form check": check}
        else:
            encode = nanoseconds(options.count, cbor2.dumps, MESSAGE)
            decode = nanoseconds(options.count, cbor2.loads, payload)
            more = {}
        return more | {"encode": encode, "decode": decode,
                       "both": encode + decode}

    samples = alternate(options.rounds, measure)
    end(program)
    if program.returncode != 0:
        raise BenchmarkError("the program failed")
    table.rows(samples, FIGURES, f"{len(payload)} bytes,")


def add_options(parser):
    parser.add_argument("--count", type=int, default=20_000,
                        help="how often in a row (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(benchmark(__doc__, {"codec": (codec, 15)}, add_options))
