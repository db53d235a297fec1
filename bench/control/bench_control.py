#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The driver's side, against a bare receiver that copies each packet into
shared memory.

  rate      what arrives of packets at a rate, and the CPU that it takes
  latency   from a packet that is sent to its value in shared memory; each
            measurement is started afresh
  silence   from the deadline of the last packet to a neutral gamepad, with all
            cores busy
  one-core  20,000 control packets and 64 devices' updates of 1 kHz a second, in
            a runtime that has one core; devices and driver have another
  updates   datagrams of 64 changing devices a second, as fast as they go, and a
            loop that sends as many at once by sendmmsg
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cbor2

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import ROOT, Figure, alone, alternate, benchmark
from programs import Runtime, cpu_seconds, free_udp_port, numbers_of

PACKETS = 2000  # of one measurement of latency
SILENCES = 400  # of 0.1 s each
DEVICES = 64
CATALOG = ROOT / "config" / "catalog.yaml"
PACKET = cbor2.dumps(
    [2, "update_gamepads",
     [{"0": {"lx": 0.5, "ly": 0.25, "rx": 0.0, "ry": -0.5, "btn": 5}}]]
)

FIGURES = {
    "rate: sent": Figure("/s"),
    "rate: lost": Figure(""),
    "rate: overruns": Figure(""),
    "rate: CPU of a packet": Figure("us"),
    "rate: CPU": Figure("%"),
    "latency p50": Figure("us", "<= 1.5 x"),
    "latency p99": Figure("us"),
    "latency, longest": Figure("us"),
    "silence to neutral p50": Figure("us"),
    "silence to neutral p99": Figure("us", "<= 5000"),
    "silence to neutral, longest": Figure("us"),
    "one core: sent": Figure("/s"),
    "one core: lost": Figure("", "<= 0"),
    "one core: overruns": Figure("", "<= 0"),
    "one core: updates": Figure("/s"),
    "one core: datagrams": Figure("/s"),
    "one core: updates skipped": Figure(""),
    "one core: datagrams unsent": Figure("", "<= 0"),
    "one core: CPU": Figure("%"),
    "updates": Figure("/s"),
}


def program_of(options, name: str) -> Path:
    return options.build / "bin" / f"bench-control-{name}"


class Robot(Runtime):
    """A runtime with the example catalog, ready for control packets."""

    def __init__(self, options, *more: str):
        super().__init__(options.build, f"--device.catalog={CATALOG}", *more)


class Receiver:
    """The floor: counts packets for some time, and shares the last one."""

    def __init__(self, options, seconds: float, *file: str):
        self.port = free_udp_port()
        self.process = subprocess.Popen(
            [program_of(options, "floor"), str(self.port), str(seconds),
             *file],
            stdout=subprocess.PIPE,
        )
        time.sleep(0.3)

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def load(options, port: int) -> int:
    """How many packets were sent at the rate."""
    return int(numbers_of(
        [program_of(options, "load"), port, options.rate, options.seconds],
        input=PACKET)[0])


def rate(options, table) -> None:
    def told(sent, received, overruns, cpu):
        return {
            "rate: sent": sent / options.seconds,
            "rate: lost": sent - received,
            "rate: overruns": overruns,
            "rate: CPU of a packet": cpu / sent * 1e6,
            "rate: CPU": cpu / options.seconds * 100,
        }

    def measure(who):
        if who != "ours":
            with Receiver(options, options.seconds + 1) as receiver:
                sent = load(options, receiver.port)
                received, cpu = receiver.process.stdout.readline().split()
            return told(sent, int(received), 0, float(cpu))
        with Robot(options) as robot:
            before = cpu_seconds(robot.process.pid)
            sent = load(options, robot.port)
            time.sleep(0.2)
            cpu = cpu_seconds(robot.process.pid) - before
            now = robot.status()["control"]
            return told(sent, now["accepted"], now["overruns"], cpu)

    table.rows(alternate(options.rounds, measure), FIGURES)


def latency(options, table) -> None:
    program = program_of(options, "latency")

    def measure(who):
        if who == "ours":
            with Robot(options) as robot:
                times = numbers_of([program, "ours", robot.port, PACKETS],
                                   env=robot.environment)
        else:
            with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
                file = f"{folder}/shared"
                with Receiver(options, 10, file) as receiver:
                    times = numbers_of(
                        [program, "floor", receiver.port, PACKETS, file])
        return dict(zip(
            ("latency p50", "latency p99", "latency, longest"), times))

    table.rows(alternate(options.rounds, measure), FIGURES)


def silence(options, table) -> None:
    def measure():
        with Robot(options, "--control.timeout=100ms") as robot:
            times = numbers_of(
                [program_of(options, "latency"), "silence", robot.port,
                 SILENCES, 0.1],
                env=robot.environment)
        return dict(zip(
            ("silence to neutral p50", "silence to neutral p99",
             "silence to neutral, longest"), times))

    burners = [subprocess.Popen(["sh", "-c", "while :; do :; done"])
               for _ in range(os.cpu_count())]
    try:
        table.rows(alone(options.rounds, measure), FIGURES)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


class Devices:
    """Motors that change a thousand times a second."""

    def __init__(self, options, robot: Robot, prefix: tuple = ()):
        self.process = subprocess.Popen(
            [*prefix, program_of(options, "devices"), str(DEVICES), CATALOG],
            stdout=subprocess.PIPE, env=robot.environment,
        )

    def __enter__(self):
        self.process.stdout.readline()
        # Until the runtime has found them.
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def one_core_once(options) -> dict[str, float]:
    seconds = options.seconds
    with Robot(options, "--update.interval=1ms") as robot:
        subprocess.run(["taskset", "-apc", "0", str(robot.process.pid)],
                       check=True, stdout=subprocess.DEVNULL)
        os.sched_setaffinity(0, {1})
        try:
            with Devices(options, robot, ("taskset", "-c", "1")):
                before = robot.status()
                cpu = cpu_seconds(robot.process.pid)
                sent = load(options, robot.port)
                cpu = cpu_seconds(robot.process.pid) - cpu
                now = robot.status()
        finally:
            os.sched_setaffinity(0, range(os.cpu_count()))

    def more(of: str, key: str) -> int:
        return now[of][key] - before[of][key]

    return {
        "one core: sent": sent / seconds,
        "one core: lost": sent - more("control", "accepted"),
        "one core: overruns": more("control", "overruns"),
        "one core: updates": more("update", "updates") / seconds,
        "one core: datagrams": more("update", "datagrams") / seconds,
        "one core: updates skipped": more("update", "skipped"),
        "one core: datagrams unsent": more("update", "unsent"),
        "one core: CPU": cpu / seconds * 100,
    }


def one_core(options, table) -> None:
    table.rows(alone(options.rounds, lambda: one_core_once(options)), FIGURES)


def updates(options, table, seconds=3) -> None:
    def measure_ours():
        """Datagrams a second, and of one update."""
        with Robot(options, "--update.interval=10us") as robot:
            with Devices(options, robot):
                before = robot.status()["update"]
                time.sleep(seconds)
                now = robot.status()["update"]
        datagrams = now["datagrams"] - before["datagrams"]
        return datagrams / seconds, datagrams / (
            now["updates"] - before["updates"])

    size = round(measure_ours()[1])

    def measure(who):
        if who == "ours":
            return {"updates": measure_ours()[0]}
        sent = numbers_of(
            [program_of(options, "send"), "224.1.1.1", free_udp_port(), size,
             1400, seconds])[0]
        return {"updates": sent / seconds}

    table.rows(alternate(options.rounds, measure), FIGURES)


def add_options(parser) -> None:
    parser.add_argument("--rate", type=int, default=20_000,
                        help="rate, one-core: packets a second"
                             " (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5,
                        help="rate, one-core: how long (default: %(default)s)")


if __name__ == "__main__":
    sys.exit(benchmark(
        __doc__,
        {"rate": (rate, 1), "latency": (latency, 5), "silence": (silence, 1),
         "one-core": (one_core, 1), "updates": (updates, 3)},
        add_options))
