#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Control packets at a rate: what arrives, and the CPU that it takes, in the
runtime and in a bare receiver, one after the other.
usage: bench_control.py ROBOT-RUNTIME PROGRAMS [RATE] [SECONDS]"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cbor2

CATALOG = Path(__file__).parents[2] / "config" / "catalog.yaml"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(programs: Path, port: int, rate: float, seconds: float):
    packet = cbor2.dumps(
        [2, "update_gamepads",
         [{"0": {"lx": 0.5, "ly": 0.25, "rx": 0.0, "ry": -0.5, "btn": 5}}]]
    )
    done = subprocess.run(
        [programs / "load", str(port), str(rate), str(seconds)],
        input=packet, capture_output=True, check=True,
    )
    sent, cpu = done.stdout.split()
    return int(sent), float(cpu)


def ours(binary: str, programs: Path, rate: float, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        port = free_port()
        options = [
            f"--application.runtime-directory={folder}/run",
            f"--application.state-directory={folder}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-frontend.sock",
            f"--control.address=udp://127.0.0.1:{port}",
            f"--update.address=udp://224.1.1.1:{free_port()}",
            f"--device.catalog={CATALOG}",
            f"--device.prefix=b{os.getpid()}",
        ]
        robot = subprocess.Popen([binary, "run", *options],
                                 stdout=subprocess.DEVNULL)
        try:
            status = [binary, "status", "--format=json", *options]
            while subprocess.run(status, capture_output=True).returncode:
                time.sleep(0.05)
            before = cpu_seconds(robot.pid)
            sent, _ = load(programs, port, rate, seconds)
            time.sleep(0.2)
            cpu = cpu_seconds(robot.pid) - before
            now = json.loads(subprocess.check_output(status))["control"]
            print(f"ours:  sent {sent}, obeyed {now['accepted']}, "
                  f"overruns {now['overruns']}, {cpu / sent * 1e6:.2f} us of "
                  f"CPU a packet, {cpu / seconds * 100:.0f} % of a core")
        finally:
            robot.terminate()
            robot.wait()


def floor(programs: Path, rate: float, seconds: float) -> None:
    port = free_port()
    receiver = subprocess.Popen(
        [programs / "floor", str(port), str(seconds + 1)],
        stdout=subprocess.PIPE,
    )
    time.sleep(0.3)
    sent, _ = load(programs, port, rate, seconds)
    received, cpu = receiver.communicate()[0].split()
    print(f"floor: sent {sent}, received {int(received)}, "
          f"{float(cpu) / sent * 1e6:.2f} us of CPU a packet")


def main() -> None:
    binary, programs = sys.argv[1], Path(sys.argv[2])
    rate = float(sys.argv[3]) if len(sys.argv) > 3 else 20000
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 5
    floor(programs, rate, seconds)
    ours(binary, programs, rate, seconds)


if __name__ == "__main__":
    main()
