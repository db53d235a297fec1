#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures remote calls against the same exchange on raw DEALER sockets.

Every round runs the floor, ours and the floor again, each with a router, a
service and a client of its own, started afresh. What counts is the median of
the rounds' ratios; the noise is the ratio of a round's two floors.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PATIENCE = 300.0  # seconds, after which a run counts as hung


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"no VmRSS of process {pid}")


def end(process: subprocess.Popen) -> None:
    process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(programs: Path, kind: str, outstanding: int, count: int, warm: int) -> dict:
    """One exchange; the client's figures, and the service's growth in KiB."""
    with tempfile.TemporaryDirectory(prefix="rr-calls-") as folder:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        router = subprocess.Popen(
            [programs / "bench-router-ours"]
            + [f"ipc://{folder}/{side}.sock" for side in ("front", "back")],
            stderr=subprocess.DEVNULL,
            **pipes,
        )
        front, back = router.stdout.readline().split()
        program = programs / f"bench-calls-{kind}"
        service = subprocess.Popen([program, "service", back], **pipes)
        # The service must be known to the router before the first call.
        probe = [program, "client", front, "1", "1", "1"]
        for _ in range(10):
            if subprocess.run(probe, capture_output=True).returncode == 0:
                break
        arguments = [str(x) for x in (outstanding, count, warm)]
        client = subprocess.Popen([program, "client", front, *arguments], **pipes)
        try:
            warm_kib = 0
            line = client.stdout.readline()
            if line.strip() == "warm":
                warm_kib = resident_kib(service.pid)
                line = client.stdout.readline()
            result = json.loads(line)
            result["service_grown_kib"] = resident_kib(service.pid) - warm_kib
            return result
        finally:
            for process in (client, service, router):
                end(process)


def compare(args: argparse.Namespace, outstanding: int, key: str) -> dict:
    floors, ours, ratios, noise = [], [], [], []
    for _ in range(args.rounds):
        plan = (outstanding, args.count, args.count // 10)
        before = run(args.programs, "floor", *plan)[key]
        own = run(args.programs, "ours", *plan)[key]
        after = run(args.programs, "floor", *plan)[key]
        floors += [before, after]
        ours.append(own)
        ratios.append(own / ((before + after) / 2))
        noise.append(after / before)
    return {
        "floor": round(statistics.median(floors), 1),
        "ours": round(statistics.median(ours), 1),
        "ratio": round(statistics.median(ratios), 3),
        "noise": [round(min(noise), 3), round(max(noise), 3)],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--memory", action="store_true", help="10^6 calls as well")
    args = parser.parse_args()
    trip = compare(args, 1, "p50_us")
    print(json.dumps({"round trip, median, us": trip}), flush=True)
    rate = compare(args, 64, "per_second")
    print(json.dumps({"64 outstanding, calls/s": rate}), flush=True)
    good = trip["ratio"] <= 1.3 and rate["ratio"] >= 0.5
    if args.memory:
        figures = run(args.programs, "ours", 64, 1_000_000, 100_000)
        print(json.dumps({"10^6 calls": figures}), flush=True)
        good = good and figures["grown_kib"] < 1024
        good = good and figures["service_grown_kib"] < 1024
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
