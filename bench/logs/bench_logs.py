#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The log: its forwarder against libzmq's proxy, the caller's cost, a storm.

  forwarder  events of 200 bytes, ipc in and tcp out, 500 on the way; every
             round starts the floor, ours and a second floor afresh, and
             measures them in turns
  caller     see log_caller.cpp; a round has a hundred bursts
  storm      see storm.py
"""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import TURNS, Figure, add_sample, alternate, benchmark
from programs import end, numbers_of, output_of, start
from storm import add_storm_options, storm

FIGURES = {
    "forwarder, 1 reader": Figure("/s", ">= 0.95 x"),
    "forwarder, 16 readers": Figure("/s", ">= 0.95 x"),
    "caller": Figure("ns", "<= 2 x"),
    "filtered": Figure("ns", "<= 5"),
}


class Forwarder:
    def __init__(self, bin_dir, who):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        self.load = bin_dir / "bench-log-load"
        program = "ours" if who == "ours" else "floor"
        self.process = start(
            [bin_dir / f"bench-log-{program}", "tcp://127.0.0.1:*",
             f"ipc://{self.folder.name}/log.sock"],
            stderr=subprocess.DEVNULL)
        self.addresses = self.process.stdout.readline().split()

    def measure(self, readers, events):
        return numbers_of(
            [self.load, *self.addresses, readers, 500, 200, events])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        self.folder.cleanup()


def forwarder(options, table):
    for name, readers, events in (("forwarder, 1 reader", 1, 300_000),
                                  ("forwarder, 16 readers", 16, 40_000)):
        samples = {}
        for _ in range(options.rounds):
            with contextlib.ExitStack() as stack:
                all_ = {
                    who: stack.enter_context(
                        Forwarder(options.build / "bin", who))
                    for who in TURNS
                }
                alternate(
                    options.turns,
                    lambda who: {name: all_[who].measure(
                        readers, int(events * options.scale))},
                    samples)
        table.rows(samples, FIGURES)


def caller(options, table):
    samples = {}
    bursts = max(1, int(options.rounds * 100 * options.scale))
    lines = output_of([options.build / "bin" / "bench-log-caller", bursts])
    for line in lines.splitlines():
        name, *values = line.split()
        for who, value in zip(TURNS if len(values) > 1 else ["ours"], values):
            add_sample(samples, who, {name: float(value)})
    table.rows(samples, FIGURES)


def add_options(parser):
    parser.add_argument("--turns", type=int, default=3,
                        help="the forwarder: how often each is measured in a"
                             " round (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=1.0,
                        help="events of each measurement, as a factor")
    add_storm_options(parser)


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"forwarder": (forwarder, 5), "caller": (caller, 5),
         "storm": (storm, 5)},
        add_options))
