# SPDX-License-Identifier: BSD-3-Clause
"""The storm: many publishers at a real runtime, with many readers, one of which
never reads. The floor is libzmq's proxy in the runtime's place."""
from __future__ import annotations

import select
import statistics
import time
from pathlib import Path

from figures import BenchmarkError, Figure, alternate, progress
from programs import Between, Runtime, memory_kib, start

PUBLISHERS = 32
# Events a second of all publishers: one at which two cores can hand everything
# to everybody, where the limits hold, and one at which they cannot.
DELIVERABLE_RATE = 10_000
RATES = (DELIVERABLE_RATE, 100_000)
# Long enough that p99.9 of one publisher is of ten sends, not of one.
SECONDS = 30
# Of the processors' time. What a host takes for itself, it takes in pieces of
# milliseconds: beyond this share a send's p99.9 is the host's.
MAX_STOLEN = 0.02
ATTEMPTS = 4
# Who writes: programs of our library, or of libzmq alone, whose send wakes a
# thread of libzmq in their own process.
WRITERS = {"library": "bench-log-publisher", "libzmq": "bench-log-storm"}

# What is told of any storm, and the limits of one that can be delivered. Of
# sends: of the publisher in the middle, and p99.9 also of the worst.
SHOWN = {
    "events a second": Figure("/s"),
    "send p50": Figure("us"),
    "send p99.9": Figure("us"),
    "send p99.9, worst publisher": Figure("us"),
    "longest send": Figure("us"),
    "sends beyond 1 ms": Figure("%"),
    "stolen by the host": Figure("%"),
    # By all readers but the stalled one.
    "missed": Figure("", statistic=max),
    "peak resident": Figure("KiB", statistic=max),
    # Readers for whom delivered and missed are not what was produced.
    "unaccounted for": Figure("", "<= 0", max, exact=True),
}
LIMITED = SHOWN | {
    "send p99.9, worst publisher": Figure("us", "<= 1000"),
    "missed": Figure("", "<= 0", max, exact=True),
    "peak resident": Figure("KiB", "<= 65536", max, exact=True),
}


def say_go(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def processor_times():
    """In ticks: what the machine's host took for itself, and all there was."""
    line = Path("/proc/stat").read_text().split("\n", 1)[0]
    ticks = [int(x) for x in line.split()[1:9]]
    return ticks[7], sum(ticks)


def numbers(process, patience):
    """The line that a program of the storm says, within so many seconds."""
    if not select.select([process.stdout], [], [], patience)[0]:
        raise BenchmarkError("storm: the last events did not come")
    return [float(x) for x in process.stdout.readline().split()]


class LogRuntime(Runtime):
    def __init__(self, build):
        super().__init__(build)
        self.frontend = f"ipc://{self.path}/run/log-frontend.sock"
        self.backend = f"ipc://{self.path}/run/log.sock"


def one_storm(who, writer, rate, options):
    bin_dir = options.build / "bin"
    seconds = SECONDS * options.scale
    events = int(rate * seconds) // PUBLISHERS
    known = (PUBLISHERS, events)
    program = bin_dir / "bench-log-storm"
    with (LogRuntime(options.build) if who == "ours"
          else Between(bin_dir / "bench-log-floor")) as forwarder:
        readers = [start([program, "read", forwarder.frontend, *known])
                   for _ in range(options.readers)]
        # Nobody can be slower than others where there are none.
        stalled = [start([program, "stall", forwarder.frontend, *known])
                   for _ in range(options.readers > 0)]
        for each in (*readers, *stalled):
            each.stdout.readline()
        publishers = [start([bin_dir / WRITERS[writer], "publish",
                             forwarder.backend, i, rate / PUBLISHERS, events])
                      for i in range(PUBLISHERS)]
        time.sleep(1)
        before = processor_times()
        for each in publishers:
            say_go(each)
        sends = [numbers(each, seconds + 60) for each in publishers]
        stolen, ticks = (x - y for x, y in zip(processor_times(), before))
        reads = [numbers(each, 60) for each in readers]
        for each in stalled:
            say_go(each)
        late = [numbers(each, 60) for each in stalled]
        for each in (*publishers, *readers, *stalled):
            each.communicate()
        peak = memory_kib(forwarder.process.pid, "VmHWM")
    produced = PUBLISHERS * (events + 1)
    beyond = sum(x[4] for x in sends) / (PUBLISHERS * events)
    return {
        "events a second": produced / max(x[3] for x in sends),
        "send p50": statistics.median(x[0] for x in sends),
        "send p99.9": statistics.median(x[1] for x in sends),
        "send p99.9, worst publisher": max(x[1] for x in sends),
        "longest send": max(x[2] for x in sends),
        "sends beyond 1 ms": 100 * beyond,
        "stolen by the host": 100 * stolen / max(ticks, 1),
        "missed": sum(x[1] for x in reads),
        "peak resident": peak,
        "unaccounted for": sum(x[0] + x[1] != produced or x[2] != 0
                               for x in (*reads, *late)),
    }


def quiet_storm(who, writer, rate, options):
    """One storm, and while the host takes too much of one that has a limit,
    another: the quietest counts for times, each for the rest."""
    attempts = []
    for _ in range(1 if options.lenient or rate > DELIVERABLE_RATE
                   else ATTEMPTS):
        attempts.append(one_storm(who, writer, rate, options))
        stolen = attempts[-1]["stolen by the host"]
        if stolen <= 100 * MAX_STOLEN:
            break
        progress(f"storm: {stolen:.1f} % stolen")
    quietest = min(attempts, key=lambda x: x["stolen by the host"])
    return quietest | {
        name: max(x[name] for x in attempts)
        for name in ("missed", "peak resident", "unaccounted for")
    }


def storm(options, table):
    for rate in options.rate or RATES:
        figures = LIMITED if rate <= DELIVERABLE_RATE else SHOWN
        for writer in options.publishers or WRITERS:
            samples = alternate(
                options.rounds,
                lambda who: quiet_storm(who, writer, rate, options))
            print(f"storm, publishers of {writer}, {rate}/s wanted")
            table.rows(samples, figures, " ")


def add_storm_options(parser):
    parser.add_argument("--rate", type=int, action="append",
                        help="the storm: events a second of all publishers"
                             f" (default: {' and then '.join(map(str, RATES))};"
                             f" the limits are for {DELIVERABLE_RATE} and"
                             " fewer)")
    parser.add_argument("--publishers", choices=WRITERS, action="append",
                        help="the storm: who writes (default: each in turn)")
    parser.add_argument("--readers", type=int, default=15,
                        help="the storm: how many read, besides the stalled"
                             " one; with 0 there is none of either")
