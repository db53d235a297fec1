#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""From exec to what a person waits for: the end of a short command, and the
first remote call that a new runtime answers.

The floor of the commands is a C++ program that does nothing and links the same
libraries. That of the runtime is none; its limit is absolute.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cbor2
import zmq
from figures import BenchmarkError, Figure, alone, alternate, benchmark
from programs import addresses_of_its_own, free_udp_port, memory_kib

# How often a command is started in each round; the fastest ones count, for
# whatever else a machine does only adds.
STARTS = 20

CONFIGURATION = """[application]
name = "short"

[process.one]
command = ["/bin/sleep", "60"]
"""

FIGURES = {
    "--version": Figure("ms", "<= 2 x"),
    "check": Figure("ms", "<= 2 x"),
    "first call": Figure("ms", "<= 40"),
    "resident then": Figure("MiB"),
}


def time_of(command: list) -> float:
    """Milliseconds from exec to the end: the median of the faster half."""
    times = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - begin) * 1e3)
        if done.returncode:
            raise BenchmarkError(f"{command}: exit code {done.returncode}")
    return sorted(times)[STARTS // 4]


def commands(options, table) -> None:
    binary = options.build / "bin" / "robot-runtime"
    bare = options.build / "bin" / "bench-startup-floor"
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        file = Path(folder) / "short.ini"
        file.write_text(CONFIGURATION)

        def measure(who):
            if who != "ours":
                floor = time_of([bare])
                return {"--version": floor, "check": floor}
            return {
                "--version": time_of([binary, "--version"]),
                "check": time_of([binary, "check", f"--config-file={file}"]),
            }

        table.rows(alternate(options.rounds, measure), FIGURES)


def first_call(options, table) -> None:
    table.rows(alone(options.rounds, lambda: first_call_once(
        options.build / "bin" / "robot-runtime")), FIGURES)


def first_call_once(binary: Path) -> dict[str, float]:
    ping = cbor2.dumps([0, 1, "ping", []])
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.setsockopt(zmq.IDENTITY, b"first-caller")
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 1)
        address = f"ipc://{folder}/run/rpc.sock"
        words = addresses_of_its_own(folder, free_udp_port())
        begin = time.perf_counter()
        process = subprocess.Popen(
            [binary, "run", *words], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"RR_DEVICE_PREFIX": f"s{os.getpid()}"},
        )

        def wait_until(condition) -> None:
            while not condition():
                if time.perf_counter() - begin > 10:
                    raise BenchmarkError("the runtime does not start")

        try:
            # Not by libzmq's own attempts, which are far apart.
            wait_until(lambda: os.path.exists(address[len("ipc://"):]))
            socket.connect(address)
            wait_until(lambda: answered(socket, ping))
            return {"first call": (time.perf_counter() - begin) * 1e3,
                    "resident then": memory_kib(process.pid) / 1024}
        finally:
            socket.close()
            process.terminate()
            process.wait()


def answered(socket, ping: bytes) -> bool:
    """Sends the call, to one whom the router may not know yet, and waits."""
    socket.send_multipart([b"broker-service", ping])
    return socket.poll(2) != 0


if __name__ == "__main__":
    sys.exit(benchmark(__doc__, {"commands": (commands, 10),
                                 "first-call": (first_call, 20)}))
