#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the example robot under load with random faults, and looks whether
anything grows, is lost without a count, or is not answered.

In the output folder: samples.jsonl, a line for each second, summary.json and
soak.svg. The exit code is 1 when the run has found something; a run that is
interrupted (Ctrl-C, SIGTERM) writes and judges what it has."""

import argparse
import itertools
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
sys.path.insert(1, str(Path(__file__).parents[2] / "bench"))

from robot_case import LIMIT  # noqa: E402

from faults import Faults  # noqa: E402
from growth import FIGURES, SHORTEST, WARM_UP, judge  # noqa: E402
from load import Load, Worker, call, client, measure_calls  # noqa: E402
from load import read_log  # noqa: E402
from plots import Axis, Line, Panel, draw  # noqa: E402
from robot import Robot, measure, open_kinds  # noqa: E402

INTERVAL = 1.0  # seconds between two samples
PROGRESS = 10  # seconds between two lines that say how far it is
# What may be no more after the load than before it.
OPEN = ("runtime_descriptors", "runtime_threads")
SOURCES = Path(__file__).resolve().parents[2]


def seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r}: not like 90s, 30m or 2h")
    return float(found[1]) * {"s": 1, "m": 60, "min": 60, "h": 3600}[found[2]]


def parse():
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument(
        "--for", dest="time", type=seconds, default=1800, metavar="TIME",
        help="how long: 90s, 30m, 2h (default: 30m)",
    )
    parser.add_argument(
        "--seed", type=int, help="of the faults (default: a new one)"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER",
        help="(default: build/soak/DATE-TIME)",
    )
    parser.add_argument(
        "--build", type=Path, metavar="FOLDER",
        default=SOURCES / "build" / "release", help="what was built",
    )
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    if options.output is None:
        options.output = (
            SOURCES / "build" / "soak" / time.strftime("%Y%m%d-%H%M%S")
        )
    return options


def say(text: str):
    print(f"soak: {text}", file=sys.stderr, flush=True)


def interrupt(*_):
    raise KeyboardInterrupt


class Soak:
    def __init__(self, options, folder: Path):
        self.options = options
        self.robot = Robot(options.build, folder)
        self.samples: list[dict] = []
        self.wrong: list[str] = []
        self.accounts: list[str] = []
        # All of them before there is a thread here, or a ZMQ context.
        self.calls = Worker(measure_calls, self.robot.address("rpc.sock"))
        self.log = Worker(read_log, self.robot.address("log-front.sock"))
        self.load = Worker(
            Load, self.robot, options.build / "python", options.seed
        )
        self.faults = None
        self.at_rest: dict = {}
        self.ids = itertools.count(1)
        self.calls.begin.set()
        self.log.begin.set()

    def run(self):
        try:
            self.robot.start()
            self.watcher = client(
                self.robot.address("rpc.sock"), "soak-watcher-client"
            )
            self.keeper = self.robot.keeper()
            # A driver has threads and buffers made that stay.
            self.robot.drive_until(
                lambda: self.status()["control"]["accepted"] > 0
            )
            self.at_rest = self.rest_before()
            self.load.begin.set()
            self.faults = Faults(self.robot, self.options.seed)
            self.sample_for(self.options.time)
        except KeyboardInterrupt:
            say("interrupted")
        except RuntimeError as error:
            self.wrong.append(f"the robot {error}")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self.finish()

    def sample_for(self, whole: float):
        begin = time.monotonic()
        next_progress = 0
        with (self.options.output / "samples.jsonl").open("w") as out:
            for i in range(1, 1 + int(whole / INTERVAL)):
                time.sleep(max(0, begin + i * INTERVAL - time.monotonic()))
                sample = self.sample(time.monotonic() - begin)
                self.samples.append(sample)
                print(json.dumps(sample), file=out, flush=True)
                if sample["t"] >= next_progress:
                    next_progress += PROGRESS
                    self.show(sample, whole)

    def sample(self, now: float) -> dict:
        result = {"t": round(now, 3)}
        result |= self.robot.measure()
        result |= measure(self.keeper, "keeper")
        result |= self.calls.latest()
        self.load.latest()
        status = self.status()
        if not self.robot.is_running():
            raise RuntimeError(f"has ended: {self.robot.trouble()}")
        if status is None:
            self.wrong.append(f"no status after {now:.0f} s")
        else:
            log = status["log"]
            for name in ("published", "dropped", "received", "forwarded"):
                result[f"log_{name}"] = log[name]
            result["log_missed"] = log["missed"]
        read = self.log.latest().get("all")
        if read:
            result["reader_came"] = read["came"]
            result["reader_missed"] = read["numbered"] - read["came"]
        result["output_dropped"] = self.robot.dropped
        result["restarts"] = self.robot.restarts()
        result["faults"] = sum(self.faults.counts.values())
        result["machine_load"] = os.getloadavg()[0]
        return result

    def status(self):
        return self.ask("status")

    def ask(self, method: str):
        goes_on = self.robot.is_running
        return call(self.watcher, next(self.ids), method, goes_on=goes_on)

    def show(self, sample: dict, whole: float):
        left = max(0, whole - sample["t"])
        say(
            f"{sample['t']:.0f} s, {left:.0f} s to go:"
            f" {sample['runtime_resident_kib'] / 1024:.1f} MiB,"
            f" {sample['runtime_descriptors']} descriptors,"
            f" {sample['runtime_threads']} threads,"
            f" call {sample.get('call_p50_ms', 0):.2f} ms,"
            f" {sample['faults']} faults, {sample['restarts']} restarts"
        )

    def finish(self):
        if self.faults:
            self.faults.stop()
            self.wrong += self.faults.trouble
        self.load.stop()
        if self.robot.child and self.robot.is_running():
            if self.faults:
                self.check_log()
                self.check_rest()
            self.calls.stop()
            if unanswered := self.calls.news.get("calls_unanswered", 0):
                self.wrong.append(f"{unanswered} calls were not answered")
            if self.robot.stop() != 0:
                self.wrong.append(f"the robot stops: {self.robot.trouble()}")
            self.check_output()
            self.check_left()
        self.calls.stop()
        self.log.stop()

    def check_log(self):
        """Sent is received and counted as lost, of whoever numbers events."""
        published = self.load.news.get("published", 0)
        end = time.monotonic() + LIMIT
        while True:
            before = self.log.latest()
            status = self.status()
            if not before or status is None:
                self.wrong.append("no accounts of the log")
                return
            time.sleep(1)  # the reader tells twice a second
            after = self.log.latest()
            sent = status["log"]["published"] + status["log"]["dropped"]
            theirs = after["publisher"]
            low, high = (x["runtime"]["numbered"] for x in (before, after))
            agree = (low <= sent <= high, theirs["numbered"] == published)
            if all(agree) or time.monotonic() > end:
                break
        ours = after["runtime"]
        self.accounts = [
            f"the runtime has published or dropped {sent} events, its reader"
            f" knows of {low} before and {high} after; {ours['came']} came,"
            f" {ours['numbered'] - ours['came']} are counted as missed",
            f"another publisher has sent {published}, the reader knows of"
            f" {theirs['numbered']}; {theirs['came']} came,"
            f" {theirs['numbered'] - theirs['came']} are counted as missed",
        ]
        for line, is_right in zip(self.accounts, agree):
            if not is_right:
                self.wrong.append(f"log: {line}")
        if after["disordered"]:
            self.wrong.append(f"log: {after['disordered']} out of order")

    def check_output(self):
        self.wrong += self.robot.unaccounted_lines()
        lines = sum(len(x) for x in self.robot.lines.values())
        self.accounts.append(
            f"standard output: {lines} lines of the child that talks,"
            f" {self.robot.missing} missing, {self.robot.dropped} counted as"
            " dropped of all"
        )

    def open_now(self) -> dict:
        now = measure(self.robot.child.pid, "runtime")
        if not now:
            raise RuntimeError(f"has ended: {self.robot.trouble()}")
        return now

    def rest_before(self) -> dict:
        """The most that is open with no load, when all are there."""
        end = time.monotonic() + LIMIT
        there = {"arm-service", "student-service"}
        while not there <= self.services() and time.monotonic() < end:
            time.sleep(0.1)
        seen = []
        for _ in range(8):
            time.sleep(0.25)
            seen.append(self.open_now())
        self.kinds = open_kinds(self.robot.child.pid)
        return {name: max(x[name] for x in seen) for name in seen[0]}

    def rest_after(self) -> dict:
        """As much as is open with no load, once it is no more than before;
        otherwise what is open after a while."""
        end = time.monotonic() + LIMIT
        while True:
            now = self.open_now()
            more = [x for x in OPEN if now[x] > self.at_rest[x]]
            if not more or time.monotonic() > end:
                return now
            time.sleep(0.1)

    def services(self) -> set:
        return {x["identity"] for x in self.ask("list_services") or []}

    def check_rest(self):
        now = self.rest_after()
        for name, before in self.at_rest.items():
            line = f"at rest: {name} {before} before, {now[name]} after"
            self.accounts.append(line)
            if name in OPEN and now[name] > before:
                more = open_kinds(self.robot.child.pid) - self.kinds
                self.wrong.append(f"{line}; more are {dict(more)}")

    def check_left(self):
        if left := self.robot.left_behind():
            self.wrong.append(f"left behind: {', '.join(left)}")

    def write(self) -> list:
        """@returns what is wrong."""
        said, grown, known = judge(self.samples)
        wrong = self.wrong + grown
        if not self.samples:
            wrong.append("ended before the first sample")
        summary = {
            "seed": self.options.seed,
            "seconds": self.samples[-1]["t"] if self.samples else 0,
            "wrong": wrong,
            "growth": said,
            "accounts": self.accounts,
            "calls": self.calls.news,
            "load": self.load.news,
            "faults": self.faults.counts if self.faults else {},
            "events": self.robot.counts,
        }
        output = self.options.output
        text = json.dumps(summary, indent=2) + "\n"
        (output / "summary.json").write_text(text)
        (output / "soak.svg").write_text(plot(self.samples, known, summary))
        for line in said + self.accounts:
            say(line)
        say(f"faults: {dict(summary['faults'])}")
        return wrong


PANELS = [
    ("Resident memory of the runtime", "MiB", False,
     {"all": "runtime_resident_kib", "anonymous": "runtime_anonymous_kib",
      "in use": "runtime_in_use_kib", "kept free": "runtime_kept_kib"}),
    ("Resident memory of the keeper", "MiB", False,
     {"all": "keeper_resident_kib"}),
    ("Descriptors", "number", False,
     {"runtime": "runtime_descriptors", "keeper": "keeper_descriptors"}),
    ("Threads of the runtime", "number", False, {"all": "runtime_threads"}),
    ("Latency of a call", "ms", True,
     {"10 %": "call_p10_ms", "median": "call_p50_ms",
      "99 %": "call_p99_ms"}),
    ("Log events since the start", "events", False,
     {"published": "log_published", "forwarded": "log_forwarded",
      "received": "reader_came"}),
    ("Log events lost and counted", "events", False,
     {"by the publisher": "log_dropped", "by the reader": "reader_missed",
      "by standard output": "output_dropped"}),
    ("Faults and restarts", "number", False,
     {"faults": "faults", "restarts": "restarts"}),
    ("Load of the machine (1 min)", "processes", False,
     {"load": "machine_load"}),
]  # fmt: skip


def plot(samples: list, known: dict, summary: dict) -> str:
    figures = {x.column: x for x in FIGURES}
    panels = []
    for title, unit, logarithmic, columns in PANELS:
        panel = Panel(title, unit, logarithmic=logarithmic)
        for name, column in columns.items():
            scale = 1 / 1024 if column.endswith("_kib") else 1
            line = Line(
                name,
                [(x["t"] / 60, x[column] * scale)
                 for x in samples if column in x],
            )
            if found := known.get(column):
                unit_of = figures[column].unit
                line.trend = tuple((t / 60, v) for t, v in found.line)
                line.note = (
                    f"{found.slope:+.2f} ± {found.error:.2f} {unit_of}/h"
                )
            panel.lines.append(line)
        panels.append(panel)
    whole = summary["seconds"]
    title = f"Soak of {whole:.0f} s, seed {summary['seed']}"
    return draw(title, panels, Axis("time [min]", whole / 60,
                                    ignored=WARM_UP * whole / 60))


def main() -> int:
    options = parse()
    program = options.build / "bin" / "robot-runtime"
    if not program.exists():
        say(f"{program}: not built")
        return 2
    options.output.mkdir(parents=True, exist_ok=True)
    say(
        f"takes {options.time / 60:.1f} min and some ten seconds, seed"
        f" {options.seed}, writes to {options.output}; Ctrl-C ends it sooner"
    )
    if options.time < SHORTEST:
        say(f"growth is told of runs of {SHORTEST} s and more")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    with tempfile.TemporaryDirectory(prefix="rr-soak-") as folder:
        soak = Soak(options, Path(folder))
        soak.run()
        wrong = soak.write()
    for line in wrong:
        say(f"FAILED: {line}")
    if not wrong:
        say("nothing found")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("soak: interrupted before it began")
