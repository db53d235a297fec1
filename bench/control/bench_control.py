#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Control packets, in the runtime and in a bare receiver, by turns:

rate: what arrives at a rate, and the CPU that it takes.
latency: from a packet that is sent to its value in shared memory; three rounds
of floor, ours and floor again, each started afresh.
silence: from the deadline of the last packet to a neutral gamepad, with both
cores busy.

one-core: 20,000 control packets and 64 devices' updates of 1 kHz a second, in a
runtime that has one core; devices and driver have another.
updates: datagrams of 64 changing devices a second, as fast as they go, and a
loop that sends as many bytes by sendmmsg.

usage: bench_control.py ROBOT-RUNTIME PROGRAMS
                        [rate [RATE [SECONDS]]|latency|silence|one-core|updates]"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cbor2

PACKETS = 2000  # of one measurement of latency
SILENCES = 400  # of 0.1 s each
DEVICES = 64
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


class Robot:
    """A runtime with the example catalog, ready for control packets."""

    def __init__(self, binary: str, *options):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        self.port = free_port()
        self.environment = os.environ | {"RR_DEVICE_PREFIX": f"b{os.getpid()}"}
        self.options = [
            f"--application.runtime-directory={self.folder.name}/run",
            f"--application.state-directory={self.folder.name}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-frontend.sock",
            f"--control.address=udp://127.0.0.1:{self.port}",
            f"--update.address=udp://224.1.1.1:{free_port()}",
            f"--device.catalog={CATALOG}",
            *options,
        ]
        self.status_command = [binary, "status", "--format=json", *self.options]
        self.process = subprocess.Popen(
            [binary, "run", *self.options],
            stdout=subprocess.DEVNULL,
            env=self.environment,
        )
        while subprocess.run(self.status_command, capture_output=True).returncode:
            time.sleep(0.05)

    def status(self) -> dict:
        return json.loads(subprocess.check_output(self.status_command))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def ours(binary: str, programs: Path, rate: float, seconds: float) -> None:
    with Robot(binary) as robot:
        before = cpu_seconds(robot.process.pid)
        sent, _ = load(programs, robot.port, rate, seconds)
        time.sleep(0.2)
        cpu = cpu_seconds(robot.process.pid) - before
        now = robot.status()["control"]
        print(f"ours:  sent {sent}, obeyed {now['accepted']}, "
              f"overruns {now['overruns']}, {cpu / sent * 1e6:.2f} us of "
              f"CPU a packet, {cpu / seconds * 100:.0f} % of a core")


def figures(command, **how) -> list:
    """The median, the 99th of a hundred and the longest."""
    done = subprocess.run(
        [str(x) for x in command], stdout=subprocess.PIPE, check=True, **how
    )
    return [float(x) for x in done.stdout.split()]


def latency_of_ours(binary: str, programs: Path) -> list:
    with Robot(binary) as robot:
        return figures(
            [programs / "latency", "ours", robot.port, PACKETS],
            env=robot.environment,
        )


def latency_of_floor(programs: Path) -> list:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        port, file = free_port(), Path(folder) / "shared"
        receiver = subprocess.Popen([programs / "floor", str(port), "10", file],
                                    stdout=subprocess.DEVNULL)
        time.sleep(0.3)
        try:
            return figures([programs / "latency", "floor", port, PACKETS, file])
        finally:
            receiver.kill()
            receiver.wait()


def latency(binary: str, programs: Path) -> None:
    ratios, noise, rows = [], [], []
    for _ in range(5):
        first = latency_of_floor(programs)
        own = latency_of_ours(binary, programs)
        second = latency_of_floor(programs)
        rows.append((first, own, second))
        ratios.append(2 * own[0] / (first[0] + second[0]))
        noise.append(second[0] / first[0])
    middle = statistics.median
    for title, i in (("p50", 0), ("p99", 1), ("longest", 2)):
        print(f"latency {title}: floor "
              f"{middle(x[0][i] for x in rows):.1f} us, ours "
              f"{middle(x[1][i] for x in rows):.1f} us")
    print(f"latency p50, ratio {middle(ratios):.2f} (limit 1.5), floor/floor "
          f"{min(noise):.2f} to {max(noise):.2f}")


def silence(binary: str, programs: Path) -> None:
    burners = [subprocess.Popen(["sh", "-c", "while :; do :; done"])
               for _ in range(os.cpu_count())]
    try:
        with Robot(binary, "--control.timeout=100ms") as robot:
            p50, p99, longest = figures(
                [programs / "latency", "silence", robot.port, SILENCES, 0.1],
                env=robot.environment,
            )
            print(f"silence to neutral beyond the deadline, all cores busy: "
                  f"p50 {p50:.0f} us, p99 {p99:.0f} us (limit 5000), longest "
                  f"{longest:.0f} us")
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


class Devices:
    """Motors that change a thousand times a second."""

    def __init__(self, programs: Path, robot: Robot, prefix: tuple = ()):
        self.process = subprocess.Popen(
            [*prefix, programs / "devices", str(DEVICES), CATALOG],
            stdout=subprocess.PIPE, env=robot.environment,
        )

    def __enter__(self):
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def one_core(binary: str, programs: Path, rate=20000, seconds=5) -> None:
    with Robot(binary, "--update.interval=1ms") as robot:
        subprocess.run(["taskset", "-apc", "0", str(robot.process.pid)],
                       check=True, stdout=subprocess.DEVNULL)
        os.sched_setaffinity(0, {1})
        with Devices(programs, robot, ("taskset", "-c", "1")):
            time.sleep(0.5)
            before = robot.status()
            cpu = cpu_seconds(robot.process.pid)
            sent, _ = load(programs, robot.port, rate, seconds)
            cpu = cpu_seconds(robot.process.pid) - cpu
            now = robot.status()
        os.sched_setaffinity(0, range(os.cpu_count()))

        def more(of: str, key: str) -> int:
            return now[of][key] - before[of][key]

        print(f"one core: sent {sent}, obeyed {more('control', 'accepted')}, "
              f"overruns {more('control', 'overruns')}; {DEVICES} devices: "
              f"{more('update', 'updates') / seconds:.0f} updates and "
              f"{more('update', 'datagrams') / seconds:.0f} datagrams a second, "
              f"skipped {more('update', 'skipped')}, unsent "
              f"{more('update', 'unsent')}; {cpu / seconds * 100:.0f} % of a "
              f"core")


def updates(binary: str, programs: Path, seconds=3) -> None:
    rates = []
    for _ in range(3):
        with Robot(binary, "--update.interval=10us") as robot:
            with Devices(programs, robot):
                time.sleep(0.5)
                before = robot.status()["update"]
                time.sleep(seconds)
                now = robot.status()["update"]
        each = now["updates"] - before["updates"]
        own = now["datagrams"] - before["datagrams"]
        size = round(own / each)
        sent = subprocess.check_output(
            [programs / "send", "224.1.1.1", str(free_port()), str(size),
             "1400", str(seconds)])
        rates.append((own / seconds, int(sent) / seconds))
    own, bare = (statistics.median(x) for x in zip(*rates))
    print(f"updates of {DEVICES} devices: sendmmsg {bare:.0f} datagrams of "
          f"1,400 bytes a second, ours {own:.0f}, made of values")


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
    binary, programs, *what = sys.argv[1:]
    programs = Path(programs)
    if what[:1] in ([], ["rate"]):
        rate = float(what[1]) if len(what) > 1 else 20000
        seconds = float(what[2]) if len(what) > 2 else 5
        floor(programs, rate, seconds)
        ours(binary, programs, rate, seconds)
    if what in ([], ["latency"]):
        latency(binary, programs)
    if what in ([], ["silence"]):
        silence(binary, programs)
    if what in ([], ["one-core"]):
        one_core(binary, programs)
    if what in ([], ["updates"]):
        updates(binary, programs)


if __name__ == "__main__":
    main()
