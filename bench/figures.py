# SPDX-License-Identifier: BSD-3-Clause
"""What all benchmarks have in common: their options, rounds, limits and table.

Every round measures the floor, ours and the floor again, in an order that
rotates. README.md says what the columns of the table mean.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TURNS = ("floor", "ours", "floor again")

# Figure -> one of TURNS -> one number a round. What has no floor has only
# "ours".
Samples = dict[str, dict[str, list[float]]]


class BenchmarkError(Exception):
    """The data cannot be trusted, and so there is none."""


@dataclass(frozen=True)
class Figure:
    """How a figure is told, and what is accepted of it."""

    unit: str
    # As in "<= 5", of our own figure, or ">= 0.95 x", of its ratio.
    limit: str = ""
    # What is told of all rounds.
    statistic: Callable[[list[float]], float] = statistics.median
    # A limit that a busy machine must keep as well.
    exact: bool = False


def percentile_99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def progress(text: str) -> None:
    """One line, which the next replaces; only for people."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def add_sample(samples: Samples, who: str, values: dict[str, float]) -> None:
    for name, value in values.items():
        samples.setdefault(name, {}).setdefault(who, []).append(value)


def alternate(
    rounds: int,
    measure: Callable[[str], dict[str, float]],
    samples: Samples | None = None,
) -> Samples:
    """Measures everyone once a round, and adds to the samples."""
    samples = {} if samples is None else samples
    for number in range(rounds):
        for turn in range(len(TURNS)):
            who = TURNS[(number + turn) % len(TURNS)]
            progress(f"round {number + 1} of {rounds}: {who}")
            add_sample(samples, who, measure(who))
    progress("")
    return samples


def alternate_afresh(
    options: argparse.Namespace,
    start: Callable[[str], contextlib.AbstractContextManager],
    measure: Callable[[object], dict[str, float]],
) -> Samples:
    """Starts everyone anew for each round, and measures them in turns, with the
    options of `add_turns`."""
    samples: Samples = {}
    for _ in range(options.rounds):
        with contextlib.ExitStack() as stack:
            all_ = {who: stack.enter_context(start(who)) for who in TURNS}
            alternate(options.turns, lambda who: measure(all_[who]), samples)
    return samples


def alone(rounds: int, measure: Callable[[], dict[str, float]]) -> Samples:
    """Measures what has no floor."""
    samples: Samples = {}
    for _ in range(rounds):
        add_sample(samples, "ours", measure())
    return samples


def samples_of(lines: str) -> Samples:
    """What a program has measured in turns by itself: each line has a figure's
    name, and a number for each of TURNS, or for ours alone."""
    samples: Samples = {}
    for line in lines.splitlines():
        name, *values = line.split()
        for who, value in zip(TURNS if len(values) > 1 else ["ours"], values):
            add_sample(samples, who, {name: float(value)})
    return samples


def quotients(above: list[float], below: list[float]) -> list[float]:
    """None at all where one cannot be."""
    if 0 in below:
        return []
    return [a / b for a, b in zip(above, below, strict=True)]


def holds(limit: str, ours: float, ratio: float | None) -> bool:
    sign, bound, *of_ratio = limit.split()
    value = ratio if of_ratio else ours
    if value is None:
        return False
    return value <= float(bound) if sign == "<=" else value >= float(bound)


def shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


class Table:
    """Prints a line for each figure, keeps it, and knows whether a limit was
    missed."""

    WIDTHS = (-38, -6, 9, 9, 8, 20, 11, -6)

    def __init__(self, lenient: bool = False):
        self.lenient = lenient
        self.missed = 0
        # As `record` writes them.
        self.records: list[dict] = []
        self.print_row("figure", "", "floor", "ours", "ratio", "floor/floor",
                       "limit")

    def print_row(self, *cells: str) -> None:
        line = "  ".join(
            cell.rjust(width) if width > 0 else cell.ljust(-width)
            for cell, width in zip(cells, self.WIDTHS)
        )
        print(line.rstrip(), flush=True)

    def rows(
        self, samples: Samples, figures: dict[str, Figure], title: str = "",
        size: int | None = None,
    ) -> None:
        """One row for each figure that has samples. `size` is of how many it
        was measured, where that is what a figure is to grow with."""
        for name, figure in figures.items():
            if name in samples:
                self.row(f"{title} {name}" if title else name, figure,
                         samples[name])
                if size is not None:
                    self.records[-1] |= {"of": name, "size": size}

    def row(self, name: str, figure: Figure, by_whom: dict[str, list[float]]):
        ours = figure.statistic(by_whom["ours"])
        floor = ratio = None
        noise = ""
        if "floor" in by_whom:
            first, again = by_whom["floor"], by_whom["floor again"]
            floor = figure.statistic(first + again)
            # Round by round where that can be, as a machine's speed drifts.
            if figure.statistic is statistics.median:
                means = [(a + b) / 2 for a, b in zip(first, again)]
                ratios = quotients(by_whom["ours"], means)
                noises = quotients(again, first)
            else:
                ratios = quotients([ours], [floor])
                noises = quotients(
                    [figure.statistic(again)], [figure.statistic(first)])
            ratio = statistics.median(ratios) if ratios else None
            if noises:
                noise = (f"{statistics.median(noises):.2f} ({min(noises):.2f} "
                         f"to {max(noises):.2f})")
        verdict = ""
        if figure.limit:
            kept = holds(figure.limit, ours, ratio)
            verdict = "kept" if kept else "MISSED"
            if not kept and (figure.exact or not self.lenient):
                self.missed += 1
        self.print_row(name, figure.unit, shown(floor), shown(ours),
                       "" if ratio is None else f"{ratio:.3f}", noise,
                       figure.limit, verdict)
        self.records.append({
            "figure": name, "unit": figure.unit, "floor": floor, "ours": ours,
            "ratio": ratio, "noise": noise, "limit": figure.limit,
            "verdict": verdict,
        })


def record(file: Path, benchmark: str, rows: dict[str, list[dict]]) -> None:
    """Puts the rows of each part that was really measured into the file, in the
    place of those that were there; `page.py` makes the page of it."""
    try:
        known = json.loads(file.read_text())
    except FileNotFoundError:
        known = {}
    parts = known.setdefault(benchmark, {})
    about = {"commit": commit(), "date": time.strftime("%Y-%m-%d"),
             "machine": machine()}
    for part, measured in rows.items():
        if measured:
            parts[part] = about | {"rows": measured}
    file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def commit() -> str:
    """Of the sources, with a + where they have been changed since."""
    told = subprocess.run(
        ["git", "describe", "--always", "--exclude=*", "--dirty=+"], cwd=ROOT,
        capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (f"{os.cpu_count()} x {model}, {memory / 2**30:.0f} GiB, "
            f"Linux {platform.release()}")


def add_turns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=3,
                        help="how often each is measured in a round, where all"
                             " are started afresh for it (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=1.0,
                        help="calls or events of each measurement, as a factor")


Measure = Callable[[argparse.Namespace, Table], None]


def benchmark(
    about: str,
    parts: dict[str, tuple[Measure, int]],
    add_options: Callable[[argparse.ArgumentParser], None] | None = None,
) -> int:
    """A benchmark's main function.

    `parts` has what can be measured by itself, and how many rounds of it are
    made by default. Returns the exit code: 1 when a limit was missed, or when
    there is no figure at all.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="FIGURE",
        help=f"what to measure: {', '.join(parts)} (default: all)",
    )
    parser.add_argument(
        "--build",
        type=Path,
        default=ROOT / "build" / "release",
        help="where everything is built (default: build/release)",
    )
    defaults = ", ".join(f"{name} {rounds}"
                         for name, (_, rounds) in parts.items())
    parser.add_argument(
        "--rounds", type=int, help=f"how often (default: {defaults})"
    )
    parser.add_argument(
        "--lenient",
        action="store_true",
        help="show the limits that are for a quiet machine, and hold only those"
        " that a busy one must keep as well",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="put the figures into this file, of which bench/page.py makes"
        " docs/benchmarks.md",
    )
    if add_options is not None:
        add_options(parser)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(parts):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds: must be at least 1")
    options.build = options.build.resolve()
    if not (options.build / "bin").is_dir():
        parser.error(f"{options.build}: nothing is built there")
    # Ended by SIGTERM, it cleans up as it does when interrupted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted, table = options.rounds, Table(options.lenient)
    name_of_all = Path(sys.argv[0]).stem.removeprefix("bench_")
    try:
        for name in options.parts or parts:
            measure, rounds = parts[name]
            options.rounds = wanted or rounds
            measure(options, table)
            if options.record:
                record(options.record, name_of_all, {name: table.records})
                table.records = []
    except (BenchmarkError, FileNotFoundError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 1 if table.missed else 0
