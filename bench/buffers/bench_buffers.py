#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The buffers against a sequence lock and a bare lock in C, and the Python
module against plain ctypes on a mapped file.

  program  everything in C and C++, in one process
  python   b.get, b.set, b.write and b.requested
  wait     from a request to a driver that waits for it
"""

import ctypes
import mmap
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import Figure, alternate, benchmark, samples_of
from programs import numbers_of, output_of

# The p99 of an open is shown beside the floor's, for a machine that takes its
# processors away now and then.
LIMITS = {
    "snapshot": "<= 1.3 x",
    "write": "<= 1.5 x",
    "64-devices-p99": "<= 5000",
    "open-p50": "<= 50000",
}

CATALOG = """
eight:
  params:
    - {name: p0, type: float, lower: -1, upper: 1, writeable: true, safe: 0}
waiter:
  params:
    - {name: round, type: uint32, writeable: true}
    - {name: woken, type: int64}
"""


def remove_all(prefix):
    for path in Path("/dev/shm").glob(f"{prefix}-*"):
        path.unlink()


def program(options, table):
    samples = samples_of(output_of(
        [options.build / "bin" / "bench-buffers", options.rounds]))
    table.rows(samples,
               {name: Figure("ns", LIMITS.get(name, "")) for name in samples})


def time_of(function, calls=2000):
    start = time.perf_counter_ns()
    for _ in range(calls):
        function()
    return (time.perf_counter_ns() - start) / calls


def python(options, table):
    sys.path.insert(0, str(options.build / "python"))
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        catalog = Path(folder) / "catalog.yaml"
        catalog.write_text(CATALOG)
        os.environ["RR_DEVICE_CATALOG"] = str(catalog)
        os.environ["RR_DEVICE_PREFIX"] = f"bench{os.getpid()}"
        from robot_runtime import buffers

        device = buffers.open("eight", 0, create=True)
        try:
            with open(Path(folder) / "floor", "w+b") as file:
                file.truncate(4096)
                memory = mmap.mmap(file.fileno(), 4096)
                plain = ctypes.c_float.from_buffer(memory)

                def plain_set():
                    plain.value = 0.5

                def measure(who):
                    if who == "ours":
                        get = lambda: device.get("p0")
                        set_ = lambda: device.set("p0", 0.5)
                        write = lambda: device.write("p0", 0.5)
                        requested = lambda: device.requested("p0")
                    else:
                        get = requested = lambda: plain.value
                        set_ = write = plain_set
                    return {"python-get": time_of(get),
                            "python-set": time_of(set_),
                            "python-write": time_of(write),
                            "python-requested": time_of(requested)}

                samples = alternate(options.rounds, measure)
                table.rows(samples, {name: Figure("ns") for name in samples})
                plain = None  # It holds the memory.
                memory.close()
        finally:
            device.close()
            remove_all(os.environ["RR_DEVICE_PREFIX"])


def wait(options, table):
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        catalog = Path(folder) / "catalog.yaml"
        catalog.write_text(CATALOG)
        prefix = f"bench{os.getpid()}"
        where = os.environ | {"RR_DEVICE_CATALOG": str(catalog),
                              "RR_DEVICE_PREFIX": prefix}
        python = [sys.executable, Path(__file__).with_name("wait.py"),
                  options.build / "python"]
        try:
            for name, driver in {"wait-c": ["c"], "wait-python": python}.items():
                def measure(who):
                    p50, p99 = numbers_of(
                        [options.build / "bin" / "bench-wait", 1000,
                         *(driver if who == "ours" else ["floor"])], env=where)
                    return {f"{name}-p50": p50, f"{name}-p99": p99}

                samples = alternate(options.rounds, measure)
                table.rows(samples, {each: Figure("us") for each in samples})
        finally:
            remove_all(prefix)


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__, {"program": (program, 301), "python": (python, 301),
                  "wait": (wait, 7)}))
