# SPDX-License-Identifier: BSD-3-Clause
"""The programs that benchmarks start, a runtime of their own among them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from figures import BenchmarkError

PATIENCE = 600.0  # seconds, after which a program counts as hung


def start(command: list, **how) -> subprocess.Popen:
    """A program that is talked to, and ends with its standard input."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([str(x) for x in command], **(pipes | how))


def end(process: subprocess.Popen) -> None:
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def output_of(command: list, **how) -> str:
    """What a program prints that measures something and ends."""
    done = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE,
                          timeout=PATIENCE, check=False, **how)
    if done.returncode != 0:
        raise BenchmarkError(f"{command[0]}: exit code {done.returncode}")
    return done.stdout.decode()


def numbers_of(command: list, **how) -> list[float]:
    return [float(x) for x in output_of(command, **how).split()]


def status_number(status: Path, name: str) -> int:
    """A field of /proc/PID/status."""
    for line in status.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise BenchmarkError(f"{status}: has no {name}")


def memory_kib(pid: int, name: str = "VmRSS") -> int:
    return status_number(Path(f"/proc/{pid}/status"), name)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def addresses_of_its_own(folder: str | Path, control: int) -> list[str]:
    """Options with which a runtime meets no other one."""
    return [
        f"--application.runtime-directory={folder}/run",
        f"--application.state-directory={folder}/state",
        "--router.frontend=ipc://RUNTIME/rpc.sock",
        "--log.frontend=ipc://RUNTIME/log-frontend.sock",
        f"--control.address=udp://127.0.0.1:{control}",
        f"--update.address=udp://224.1.1.1:{free_udp_port()}",
    ]


class Between:
    """A program between two sides, which says the addresses that it is bound
    to, and passes on what comes."""

    def __init__(self, program: Path, front: str = "ipc", back: str = "ipc"):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        wanted = [
            f"ipc://{self.folder.name}/{side}.sock" if transport == "ipc"
            else "tcp://127.0.0.1:*"
            for side, transport in (("front", front), ("back", back))
        ]
        self.process = start([program, *wanted], stderr=subprocess.DEVNULL)
        self.frontend, self.backend = self.process.stdout.readline().split()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        end(self.process)
        self.folder.cleanup()


class Runtime:
    """A real runtime that answers, with nothing of a robot in it."""

    def __init__(self, build: Path, *options: str):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        self.path = Path(self.folder.name)
        self.port = free_udp_port()
        self.environment = os.environ | {"RR_DEVICE_PREFIX": f"b{os.getpid()}"}
        binary = build / "bin" / "robot-runtime"
        addresses = addresses_of_its_own(self.path, self.port)
        self.update_address = addresses[-1].partition("=")[2]
        options = self.options = [*addresses, *options]
        self.status_command = [binary, "status", "--format=json", *options]
        errors = self.path / "errors"
        with open(errors, "wb") as file:
            self.process = subprocess.Popen(
                [binary, "run", *options],
                stdout=subprocess.DEVNULL,
                stderr=file,
                env=self.environment,
            )
        while subprocess.run(self.status_command, capture_output=True).returncode:
            if self.process.poll() is not None:
                raise BenchmarkError(f"the runtime: {errors.read_text()}")
            time.sleep(0.05)

    def status(self) -> dict:
        return json.loads(subprocess.check_output(
            self.status_command, stderr=subprocess.DEVNULL))

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
