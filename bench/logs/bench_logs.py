#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The log: forwarder against libzmq's proxy, the caller's cost, and a storm.

    bench_logs.py [--build build/release] [--only forwarder|caller|storm]
                  [--rounds 5] [--turns 3] [--scale 1.0]

forwarder: events of 200 bytes, ipc in and tcp out, 500 on the way. Every round
starts the floor, ours and a second floor afresh, and measures them in turns; a
ratio is ours to the mean of the round's two floors, the median over all rounds.
caller: see log_caller.cpp. storm: see storm.py; each round is a floor, ours and
a second floor.

Exit code 1 when a limit does not hold.
"""
import argparse
import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile

from storm import add_options, start, storm

LEAST_RATIO = 0.95


class Forwarder:
    def __init__(self, bin_dir, program):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        self.load = bin_dir / "bench-log-load"
        self.process = start(
            [bin_dir / program, "tcp://127.0.0.1:*",
             f"ipc://{self.folder.name}/log.sock"],
            stderr=subprocess.DEVNULL)
        self.addresses = self.process.stdout.readline().split()

    def measure(self, readers, events):
        done = subprocess.run(
            [self.load, *self.addresses, str(readers), "500", "200",
             str(events)],
            check=True, capture_output=True, text=True, timeout=300)
        return float(done.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()


def forwarder_round(bin_dir, readers, turns, events):
    programs = [f"bench-log-{x}" for x in ("floor", "ours", "floor")]
    with contextlib.ExitStack() as stack:
        all_ = [stack.enter_context(Forwarder(bin_dir, x)) for x in programs]
        seen = [[] for _ in all_]
        for turn in range(turns):
            for i in range(len(all_)):
                which = (i + turn) % len(all_)
                seen[which].append(all_[which].measure(readers, events))
    return [statistics.median(x) for x in seen]


def forwarder(bin_dir, args):
    good = True
    for readers, events in ((1, 300_000), (16, 40_000)):
        rounds = [forwarder_round(bin_dir, readers, args.turns,
                                  int(events * args.scale))
                  for _ in range(args.rounds)]
        ratio = statistics.median(x[1] / statistics.mean((x[0], x[2]))
                                  for x in rounds)
        noise = statistics.median(x[2] / x[0] for x in rounds)
        floor = statistics.median(y for x in rounds for y in (x[0], x[2]))
        ours = statistics.median(x[1] for x in rounds)
        holds = ratio >= LEAST_RATIO
        good = good and holds
        print(f"forwarder, {readers:2} readers: floor {floor:8.0f}/s"
              f" ours {ours:8.0f}/s ratio {ratio:.3f}"
              f" floor/floor {noise:.3f} limit >= {LEAST_RATIO}"
              f" {'holds' if holds else 'DOES NOT HOLD'}", flush=True)
    return good


def caller(bin_dir, args):
    done = subprocess.run([bin_dir / "bench-log-caller",
                           str(int(500 * args.scale))],
                          check=True, capture_output=True, text=True)
    print(done.stdout, end="", flush=True)
    words = done.stdout.split()
    ratio = float(words[words.index("ratio") + 1])
    filtered = float(done.stdout.splitlines()[1].split()[2])
    return ratio <= 2 and filtered <= 5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0,
                        help="events of each measurement, as a factor")
    add_options(parser)
    figures = {"forwarder": forwarder, "caller": caller, "storm": storm}
    parser.add_argument("--only", choices=figures)
    args = parser.parse_args()
    bin_dir = pathlib.Path(args.build).resolve() / "bin"
    results = [figure(bin_dir, args) for name, figure in figures.items()
               if args.only in (None, name)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
