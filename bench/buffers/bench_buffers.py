#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The buffers against a sequence lock and a bare lock in C, and the Python
module against plain ctypes on a mapped file.

  program  everything in C and C++, in one process
  python   b.get and b.set
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
from programs import output_of

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
    - {name: p0, type: float, lower: -1, upper: 1, writeable: true}
"""


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
        path = Path("/dev/shm") / device.name
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
                    else:
                        get = lambda: plain.value
                        set_ = plain_set
                    return {"python-get": time_of(get),
                            "python-set": time_of(set_)}

                table.rows(alternate(options.rounds, measure),
                           {"python-get": Figure("ns"),
                            "python-set": Figure("ns")})
                del plain
                memory.close()
        finally:
            device.close()
            path.unlink()


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__, {"program": (program, 301), "python": (python, 301)}))
