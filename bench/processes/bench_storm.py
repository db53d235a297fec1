#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures how long an emergency takes while the watcher has much else to do.

Every round runs a machine at rest, the busy one, and the one at rest again,
each started afresh. README.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT = 2.0

# Name -> arguments of `storm`, and those of the machine at rest beside it.
FIGURES = {
    "storm": (["automatic", "200", "0"], ["automatic", "0", "0"]),
    "storm, crowd, cookie": (["cookie", "200", "{crowd}"], ["cookie", "0", "0"]),
}


def percentile(samples: list[float], part: float) -> float:
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def one(program: Path, arguments: list[str]) -> float:
    """Microseconds."""
    done = subprocess.run(
        [str(program), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
        check=True,
    )
    return int(done.stdout) / 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--crowd", type=int, default=10_000)
    parser.add_argument("--figure", choices=list(FIGURES), action="append")
    parser.add_argument(
        "--program",
        type=Path,
        default=ROOT / "build" / "release" / "bin" / "bench-storm",
    )
    arguments = parser.parse_args()
    missed = 0
    print(
        f"{'figure':22}{'':6}{'busy':>9}{'at rest':>9}{'ratio':>7}"
        f"{'noise':>7}{'limit':>7}"
    )
    for name in arguments.figure or FIGURES:
        busy, rest = (
            [x.format(crowd=arguments.crowd) for x in each]
            for each in FIGURES[name]
        )
        samples: dict[str, list[float]] = {"a": [], "busy": [], "b": []}
        for _ in range(arguments.rounds):
            samples["a"].append(one(arguments.program, rest))
            samples["busy"].append(one(arguments.program, busy))
            samples["b"].append(one(arguments.program, rest))
        rests = samples["a"] + samples["b"]
        for what, of in (
            ("p50", statistics.median),
            ("p99", lambda x: percentile(x, 0.99)),
        ):
            ratio = of(samples["busy"]) / of(rests)
            noise = of(samples["b"]) / of(samples["a"])
            limited = what == "p99"
            kept = not limited or ratio <= LIMIT
            missed += not kept
            print(
                f"{name:22}{what:6}{of(samples['busy']):9.1f}{of(rests):9.1f}"
                f"{ratio:7.2f}{noise:7.2f}{LIMIT if limited else '':>7}"
                f"{'' if kept else '  MISSED'}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
