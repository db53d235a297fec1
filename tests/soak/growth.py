# SPDX-License-Identifier: BSD-3-Clause
"""Whether a figure grows: a straight line through what was sampled, its
standard error, and a verdict.

Samples that are a second apart are no independent ones: memory that was taken
for a stalled reader stays for a while. So a line goes through the means of
blocks, and its standard error is widened by what neighbouring residuals have in
common (Bartlett's factor for an autoregressive process of order one)."""

import math
import statistics
from dataclasses import dataclass

BLOCKS = 60  # at most
FEWEST = 10  # blocks below which nothing is said
SIGMAS = 3
WARM_UP = 0.1  # of the whole time, not looked at
# A run that is shorter tells nothing of an hour.
SHORTEST = 120  # seconds


@dataclass
class Growth:
    """What a figure does in an hour."""

    slope: float
    error: float
    # The line at its two ends: (seconds, value).
    line: tuple

    def is_significant(self, limit: float) -> bool:
        return self.slope > SIGMAS * self.error and self.slope > limit


def block_means(points: list) -> list:
    """At most BLOCKS points, each the mean of neighbours."""
    size = max(1, math.ceil(len(points) / BLOCKS))
    blocks = [points[i : i + size] for i in range(0, len(points), size)]
    # A short last one would count as much as a long one.
    blocks = [x for x in blocks if 2 * len(x) > size]
    return [
        (
            statistics.fmean(t for t, _ in block),
            statistics.fmean(y for _, y in block),
        )
        for block in blocks
    ]


def warmed_up(points: list, whole: float) -> list:
    return [(t, y) for t, y in points if t >= WARM_UP * whole]


def growth(points: list, whole: float) -> Growth | None:
    """Of (seconds, value) in a run of so many seconds; none of too few."""
    blocks = block_means(warmed_up(points, whole))
    if len(blocks) < FEWEST:
        return None
    times = [t for t, _ in blocks]
    values = [y for _, y in blocks]
    slope, start = statistics.linear_regression(times, values)
    residuals = [y - start - slope * t for t, y in blocks]
    squares = sum(x * x for x in residuals)
    middle = statistics.fmean(times)
    spread = sum((t - middle) ** 2 for t in times)
    error = math.sqrt(squares / (len(blocks) - 2) / spread)
    if squares > 0:
        both = sum(x * y for x, y in zip(residuals, residuals[1:]))
        shared = min(0.95, max(0.0, both / squares))
        error *= math.sqrt((1 + shared) / (1 - shared))
    ends = [(t, start + slope * t) for t in (times[0], times[-1])]
    return Growth(3600 * slope, 3600 * error, tuple(ends))


@dataclass
class Figure:
    """A column of the samples that may not grow by more than the limit in an
    hour."""

    column: str
    unit: str
    limit: float
    # Of what is in the column, to have the unit.
    scale: float = 1.0

    def points(self, samples: list) -> list:
        return [
            (x["t"], x[self.column] * self.scale)
            for x in samples
            if x.get(self.column) is not None
        ]


# What is resident is only shown: the allocator keeps what a burst has needed,
# so that it grows, ever more slowly, with the largest burst so far. What the
# runtime owns of it is all but what is kept free.
FIGURES = [
    Figure("runtime_resident_kib", "MiB", math.inf, 1 / 1024),
    Figure("runtime_in_use_kib", "MiB", 1, 1 / 1024),
    Figure("runtime_owned_kib", "MiB", 1, 1 / 1024),
    Figure("runtime_descriptors", "descriptors", 1),
    Figure("runtime_threads", "threads", 1),
    Figure("keeper_resident_kib", "MiB", 1, 1 / 1024),
    Figure("keeper_descriptors", "descriptors", 1),
    # Of the quickest calls, which the rest of the machine delays least.
    Figure("call_p10_ms", "ms", 2),
]


def judge(samples: list, figures=None) -> tuple:
    """@returns lines that say how each figure grows, those that say which
    grows too much, and the growth of each by its column."""
    whole = samples[-1]["t"] if samples else 0
    said, wrong, known = [], [], {}
    for figure in FIGURES if figures is None else figures:
        found = growth(figure.points(samples), whole)
        if found is None or whole < SHORTEST:
            said.append(f"{figure.column}: too short a run to tell growth")
            continue
        known[figure.column] = found
        line = (
            f"{figure.column}: {found.slope:+.3f} {figure.unit}/h,"
            f" standard error {found.error:.3f},"
            f" allowed {figure.limit:g} {figure.unit}/h"
        )
        said.append(line)
        if found.is_significant(figure.limit):
            wrong.append(f"grows: {line}")
    return said, wrong, known
