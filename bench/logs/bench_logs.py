#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The log: its forwarder against libzmq's proxy, the caller's cost, a storm.

  forwarder  events of 200 bytes, ipc in and tcp out, 500 on the way; every
             round starts the floor, ours and a second floor afresh, and
             measures them in turns
  caller     see log_caller.cpp; a round has a hundred bursts
  storm      see storm.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import Figure, add_turns, alternate_afresh, benchmark, samples_of
from programs import Between, numbers_of, output_of
from storm import add_storm_options, storm

FIGURES = {
    "forwarder, 1 reader": Figure("/s", ">= 0.95 x"),
    "forwarder, 16 readers": Figure("/s", ">= 0.95 x"),
    "caller": Figure("ns", "<= 2 x"),
    "filtered": Figure("ns", "<= 5"),
}


def forwarder(options, table):
    bin_dir = options.build / "bin"

    def start(who):
        program = "ours" if who == "ours" else "floor"
        return Between(bin_dir / f"bench-log-{program}", front="tcp")

    for name, readers, events in (("forwarder, 1 reader", 1, 300_000),
                                  ("forwarder, 16 readers", 16, 40_000)):
        load = (readers, 500, 200, int(events * options.scale))
        samples = alternate_afresh(options, start, lambda between: {
            name: numbers_of([bin_dir / "bench-log-load", between.frontend,
                              between.backend, *load])[0]})
        table.rows(samples, FIGURES)


def caller(options, table):
    bursts = max(1, int(options.rounds * 100 * options.scale))
    table.rows(samples_of(output_of(
        [options.build / "bin" / "bench-log-caller", bursts])), FIGURES)


def add_options(parser):
    add_turns(parser)
    add_storm_options(parser)


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"forwarder": (forwarder, 5), "caller": (caller, 5),
         "storm": (storm, 5)},
        add_options))
