# SPDX-License-Identifier: BSD-3-Clause
"""How a figure is measured in rounds, and told."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Limit:
    """At most so much, of the ratio or of our own figure."""

    value: float
    of_ratio: bool = False

    def __str__(self) -> str:
        return f"{self.value:g}" + (" x" if self.of_ratio else "")


UNITS = {
    "fan-out to 1": "us",
    "fan-out to 100": "us",
    "fan-out to 500": "us",
    "detection": "us",
    "idle: context switches": "/s",
    "idle: resident": "MiB",
    "start to `Process started`": "ms",
    "start to child's first instruction": "ms",
}

LIMITS = {
    "fan-out to 100": Limit(1.25, of_ratio=True),
    "detection": Limit(2, of_ratio=True),
    "idle: context switches": Limit(5),
    "idle: resident": Limit(15),
    "start to `Process started`": Limit(50),
}

Measurement = Callable[[bool], dict[str, float]]
Samples = dict[str, dict[str, list[float]]]


def repeat(name: str, rounds: int, measure: Measurement) -> Samples:
    """Figure -> "ours", "floor a" or "floor b" -> one number a round."""
    samples: Samples = {}
    order = ["floor a", "ours", "floor b"]
    for number in range(1, rounds + 1):
        if sys.stderr.isatty():
            print(f"\r{name}: {number}/{rounds} ", end="", file=sys.stderr)
        for who in order:
            for figure, value in measure(who == "ours").items():
                samples.setdefault(figure, {}).setdefault(who, []).append(value)
        order = order[1:] + order[:1]
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return samples


def ratio(a: float, b: float) -> float | None:
    return a / b if b > 0 else None


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def report(samples: Samples) -> None:
    """One line a figure."""
    for figure, by_whom in samples.items():
        a, b = by_whom["floor a"], by_whom["floor b"]
        ours = statistics.median(by_whom["ours"])
        floor = statistics.median(a + b)
        to_floor = ratio(ours, floor)
        noise = ratio(statistics.median(b), statistics.median(a))
        limit = LIMITS.get(figure)
        verdict = ""
        if limit is not None:
            value = to_floor if limit.of_ratio else ours
            kept = value is not None and value <= limit.value
            verdict = "kept" if kept else "MISSED"
        print_row(
            figure,
            UNITS[figure],
            shown(ours),
            shown(floor),
            shown(to_floor),
            shown(noise),
            "" if limit is None else str(limit),
            verdict,
        )


def print_row(*cells: str) -> None:
    widths = (35, 4, 10, 10, 7, 6, 7, 7)
    line = "".join(
        cell.ljust(width) if i < 2 or i == 7 else cell.rjust(width) + "  "
        for i, (cell, width) in enumerate(zip(cells, widths))
    )
    print(line.rstrip(), flush=True)
