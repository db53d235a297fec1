#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the codec of remote calls with Python's cbor2 (the C extension), on
a request whose one argument is a map of ten fields.

Both take turns in one run, cbor2 before and after ours in each round. Printed
are medians in nanoseconds, ours as a ratio of cbor2's, and as noise the ratio
of cbor2's second turns to its first ones. Exits with 1 when encoding and
decoding together, or one of them, are slower than cbor2's.

usage: codec.py PROGRAM [--rounds=15] [--count=20000]
"""

import argparse
import statistics
import subprocess
import sys
import time

import cbor2

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
    start = time.perf_counter_ns()
    for _ in range(count):
        function(argument)
    return (time.perf_counter_ns() - start) / count


def time_cbor2(payload, count):
    encode = nanoseconds(count, cbor2.dumps, MESSAGE)
    decode = nanoseconds(count, cbor2.loads, payload)
    return [encode, decode, encode + decode]


def time_ours(program, count):
    program.stdin.write(f"{count}\n")
    program.stdin.flush()
    check, encode, decode = map(float, program.stdout.readline().split())
    return [encode, decode, encode + decode, check]


def medians(rounds):
    return [statistics.median(column) for column in zip(*rounds)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=20000)
    options = parser.parse_args()
    if cbor2.loads.__module__ != "_cbor2":
        sys.exit("cbor2 has no C extension here")
    payload = cbor2.dumps(MESSAGE)
    program = subprocess.Popen(
        [options.program, payload.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    first, ours, second = [], [], []
    for _ in range(options.rounds):
        first.append(time_cbor2(payload, options.count))
        ours.append(time_ours(program, options.count))
        second.append(time_cbor2(payload, options.count))
    program.stdin.close()
    if program.wait() != 0:
        sys.exit("the program failed")
    theirs = medians(first + second)
    noise = [b / a for a, b in zip(medians(first), medians(second))]
    own = medians(ours)
    print(f"{len(payload)} bytes      ours ns  cbor2 ns  ratio  noise")
    for row, name in enumerate(["encode", "decode", "both"]):
        ratio = own[row] / theirs[row]
        print(
            f"{name:12} {own[row]:9.0f} {theirs[row]:9.0f}"
            f" {ratio:6.2f} {noise[row]:6.2f}"
        )
    print(f"{'form check':12} {own[3]:9.0f}")
    return 1 if any(o > t for o, t in zip(own, theirs)) else 0


if __name__ == "__main__":
    sys.exit(main())
