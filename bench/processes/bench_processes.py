#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures robot-runtime against a floor program, as ratios of one run.

Every round runs the floor, robot-runtime and the floor again, each started
afresh, in an order that rotates. README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from figures import one_detection, one_fan_out, one_idle, one_start
from rounds import UNITS, Measurement, print_row, repeat, report
from runs import BenchmarkError, Setup

ROOT = Path(__file__).resolve().parent.parent.parent


def shipped_tuning(file: Path) -> str:
    """The sections of config/robot.ini that are CAF's own, so that what is
    measured is what is shipped."""
    wanted = ("scheduler", "work-stealing", "middleman", "logger", "stream")
    lines, inside = [], False
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.startswith("["):
            section = line.strip().strip("[]")
            inside = section.split(".")[0] in wanted
        if inside and not line.lstrip().startswith(";"):
            lines.append(line + "\n")
    return "".join(lines)


# Figures of one sub-command: how many rounds, and a function that measures.
DEFAULT_ROUNDS = {"fan-out": 15, "detection": 5, "idle": 3, "start": 20}


def measurements(
    setup: Setup, command: str, arguments: argparse.Namespace
) -> Iterator[tuple[str, Measurement]]:
    if command == "fan-out":
        for others in arguments.children:
            yield (
                f"fan-out to {others}",
                lambda ours, others=others: one_fan_out(setup, ours, others),
            )
    elif command == "detection":
        yield command, lambda ours: one_detection(setup, ours, 50)
    elif command == "idle":
        yield command, lambda ours: one_idle(setup, ours, arguments.seconds)
    else:
        yield command, lambda ours: one_start(setup, ours)


def parse_arguments() -> argparse.Namespace:
    build = ROOT / "build" / "release"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "figure", choices=[*DEFAULT_ROUNDS, "all"], help="what to measure"
    )
    parser.add_argument(
        "--rounds", type=int, help=f"how often (default: {DEFAULT_ROUNDS})"
    )
    parser.add_argument(
        "--binary",
        type=Path,
        default=build / "bin" / "robot-runtime",
        help="the robot-runtime to measure (default: %(default)s)",
    )
    parser.add_argument(
        "--programs",
        type=Path,
        default=build / "bench" / "processes",
        help="where the built programs of bench/ are (default: %(default)s)",
    )
    parser.add_argument(
        "--children",
        type=int,
        nargs="+",
        default=[1, 100, 500],
        help="fan-out: how many there are to stop (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=10,
        help="idle: how long to count (default: %(default)s)",
    )
    arguments = parser.parse_args()
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds: must be at least 1")
    if min(arguments.children) < 1:
        parser.error("--children: must be at least 1")
    for name in ("floor", "runner", "sleeper", "stamp", "trigger"):
        if not (arguments.programs / name).is_file():
            parser.error(f"{arguments.programs / name}: not built")
    if not arguments.binary.is_file():
        parser.error(f"{arguments.binary}: not built")
    for others in arguments.children:
        UNITS.setdefault(f"fan-out to {others}", "us")
    return arguments


def main() -> int:
    # Ended by SIGTERM, it cleans up as it does when interrupted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="rr-bench-") as folder,
        tempfile.TemporaryDirectory(
            prefix="rr-bench-",
            dir=memory if os.access(memory, os.W_OK) else None,
        ) as shared,
    ):
        setup = Setup(
            binary=arguments.binary.resolve(),
            programs=arguments.programs.resolve(),
            folder=Path(folder),
            shared=Path(shared),
            tuning=shipped_tuning(ROOT / "config" / "robot.ini"),
        )
        print_row(
            "figure", "", "ours", "floor", "ratio", "noise", "limit", ""
        )
        commands = (
            list(DEFAULT_ROUNDS)
            if arguments.figure == "all"
            else [arguments.figure]
        )
        try:
            for command in commands:
                rounds = arguments.rounds or DEFAULT_ROUNDS[command]
                for name, measure in measurements(setup, command, arguments):
                    report(repeat(name, rounds, measure))
        except BenchmarkError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
