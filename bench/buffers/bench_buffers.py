#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The buffers against a sequence lock and a bare lock in C, and the Python
module against plain ctypes on a mapped file, as ratios of one run. Exit code 1
when a limit does not hold.

    bench_buffers.py [--build build/release] [--rounds 301]
"""
import argparse
import ctypes
import mmap
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LIMITS = {"snapshot": 1.3, "write": 1.5}
# In nanoseconds. The p99 of an open is shown beside the floor's, for a machine
# that takes its processors away now and then.
SPREAD_LIMITS = {"64-devices": ("p99", 5_000), "open": ("p50", 50_000)}

CATALOG = """
eight:
  params:
    - {name: p0, type: float, lower: -1, upper: 1, writeable: true}
"""


def report_ratio(name, floor, ours, again):
    ratio = ours / statistics.mean([floor, again])
    limit = LIMITS.get(name)
    verdict = ""
    if limit is not None:
        verdict = (f" limit <= {limit:.2f} "
                   + ("holds" if ratio <= limit else "DOES NOT HOLD"))
    print(f"{name:28} floor {floor:8.1f} ns ours {ours:8.1f} ns ratio "
          f"{ratio:5.2f} floor/floor {again / floor:4.2f}{verdict}")
    return limit is None or ratio <= limit


def report_spread(name, p50, p99, worst):
    which, limit = SPREAD_LIMITS.get(name, (None, None))
    good = limit is None or {"p50": p50, "p99": p99}[which] <= limit
    verdict = ""
    if limit is not None:
        verdict = (f" limit {which} <= {limit} "
                   + ("holds" if good else "DOES NOT HOLD"))
    print(f"{name:28} p50 {p50:8.0f} ns p99 {p99:8.0f} ns worst {worst:8.0f} "
          f"ns{verdict}")
    return good


def run_program(build, rounds):
    done = subprocess.run([build / "bin" / "bench-buffers", str(rounds)],
                          check=True, stdout=subprocess.PIPE, text=True)
    good = True
    for line in done.stdout.splitlines():
        name, unit, *figures = line.split()
        report = report_ratio if unit == "ns" else report_spread
        good = report(name, *map(float, figures)) and good
    return good


def time_of(function, calls=2000):
    start = time.perf_counter_ns()
    for _ in range(calls):
        function()
    return (time.perf_counter_ns() - start) / calls


def run_python(build, rounds):
    sys.path.insert(0, str(build / "python"))
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        catalog = pathlib.Path(folder) / "catalog.yaml"
        catalog.write_text(CATALOG)
        os.environ["RR_DEVICE_CATALOG"] = str(catalog)
        os.environ["RR_DEVICE_PREFIX"] = f"bench{os.getpid()}"
        from robot_runtime import buffers

        device = buffers.open("eight", 0, create=True)
        path = pathlib.Path("/dev/shm") / device.name
        try:
            with open(pathlib.Path(folder) / "floor", "w+b") as file:
                file.truncate(4096)
                memory = mmap.mmap(file.fileno(), 4096)
                plain = ctypes.c_float.from_buffer(memory)

                def plain_get():
                    return plain.value

                def plain_set():
                    plain.value = 0.5

                for name, floor, ours in (
                    ("python-get", plain_get, lambda: device.get("p0")),
                    ("python-set", plain_set,
                     lambda: device.set("p0", 0.5)),
                ):
                    rows = [(time_of(floor), time_of(ours), time_of(floor))
                            for _ in range(rounds)]
                    report_ratio(name,
                                 *(statistics.median(x) for x in zip(*rows)))
                del plain
                memory.close()
        finally:
            device.close()
            path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=301)
    args = parser.parse_args()
    build = pathlib.Path(args.build).resolve()
    good = run_program(build, args.rounds)
    run_python(build, args.rounds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
