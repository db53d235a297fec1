#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The log: forwarder against libzmq's proxy, the caller's cost, and a storm.

    bench_logs.py [--build build/release] [--only forwarder|caller|storm]
                  [--rounds 5] [--turns 3] [--scale 1.0]

forwarder: events of 200 bytes, ipc in and tcp out, 500 on the way. Every round
starts the floor, ours and a second floor afresh, and measures them in turns; a
ratio is ours to the mean of the round's two floors, the median over all rounds.
caller: see log_caller.cpp. storm: 32 publishers with 100,000 events a second
among them, at a real runtime with 16 readers, one of which never reads.

Exit code 1 when a limit does not hold.
"""
import argparse
import contextlib
import pathlib
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

LEAST_RATIO = 0.95
PUBLISHERS = 32
READERS = 15
RATE = 100_000
MAX_SEND_US = 1000
MAX_RSS_KIB = 64 * 1024


def start(command, **how):
    return subprocess.Popen([str(x) for x in command], stdin=subprocess.PIPE,
                            text=True, **how)


class Forwarder:
    def __init__(self, bin_dir, program):
        self.folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        self.load = bin_dir / "bench-log-load"
        self.process = start(
            [bin_dir / program, "tcp://127.0.0.1:*",
             f"ipc://{self.folder.name}/log.sock"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addresses = self.process.stdout.readline().split()

    def measure(self, readers, events):
        done = subprocess.run(
            [self.load, *self.addresses, str(readers), "500", "200",
             str(events)],
            check=True, capture_output=True, text=True, timeout=300)
        return float(done.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()


def forwarder_round(bin_dir, readers, turns, events):
    programs = [f"bench-log-{x}" for x in ("floor", "ours", "floor")]
    with contextlib.ExitStack() as stack:
        all_ = [stack.enter_context(Forwarder(bin_dir, x)) for x in programs]
        seen = [[] for _ in all_]
        for turn in range(turns):
            for i in range(len(all_)):
                which = (i + turn) % len(all_)
                seen[which].append(all_[which].measure(readers, events))
    return [statistics.median(x) for x in seen]


def forwarder(bin_dir, args):
    good = True
    for readers, events in ((1, 300_000), (16, 40_000)):
        rounds = [forwarder_round(bin_dir, readers, args.turns,
                                  int(events * args.scale))
                  for _ in range(args.rounds)]
        ratio = statistics.median(x[1] / statistics.mean((x[0], x[2]))
                                  for x in rounds)
        noise = statistics.median(x[2] / x[0] for x in rounds)
        floor = statistics.median(y for x in rounds for y in (x[0], x[2]))
        ours = statistics.median(x[1] for x in rounds)
        holds = ratio >= LEAST_RATIO
        good = good and holds
        print(f"forwarder, {readers:2} readers: floor {floor:8.0f}/s"
              f" ours {ours:8.0f}/s ratio {ratio:.3f}"
              f" floor/floor {noise:.3f} limit >= {LEAST_RATIO}"
              f" {'holds' if holds else 'DOES NOT HOLD'}", flush=True)
    return good


def caller(bin_dir, args):
    done = subprocess.run([bin_dir / "bench-log-caller",
                           str(int(500 * args.scale))],
                          check=True, capture_output=True, text=True)
    print(done.stdout, end="", flush=True)
    words = done.stdout.split()
    ratio = float(words[words.index("ratio") + 1])
    filtered = float(done.stdout.splitlines()[1].split()[2])
    return ratio <= 2 and filtered <= 5


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_:
        any_.bind(("127.0.0.1", 0))
        return any_.getsockname()[1]


def numbers(process, how=float):
    """The line that a program of the storm says, within a minute."""
    if not select.select([process.stdout], [], [], 60)[0]:
        sys.exit("storm: the last events did not come")
    return [how(x) for x in process.stdout.readline().split()]


class Forwarding:
    """A process that forwards events, and its peak of resident memory."""

    def __init__(self, command, folder):
        self.folder = folder
        self.process = start(command, stdout=subprocess.PIPE)
        self.peak = 0
        self.ends = threading.Event()
        self.watcher = threading.Thread(target=self.watch)

    def watch(self):
        while not self.ends.wait(0.05):
            self.peak = max(self.peak, resident_kib(self.process.pid))

    def __enter__(self):
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.watcher.join()
        self.process.terminate()
        self.process.communicate(timeout=20)
        self.folder.cleanup()


class Proxy(Forwarding):
    """The floor of the storm: zmq_proxy in the runtime's place."""

    def __init__(self, bin_dir):
        folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        super().__init__(
            [bin_dir / "bench-log-floor",
             *(f"ipc://{folder.name}/{x}.sock" for x in ("out", "in"))], folder)
        self.frontend, self.backend = self.process.stdout.readline().split()


class Runtime(Forwarding):
    """A real one, with nothing but the log in it to speak of."""

    def __init__(self, bin_dir):
        folder = tempfile.TemporaryDirectory(prefix="rr-bench-")
        base = pathlib.Path(folder.name)
        (base / "robot.ini").write_text(
            "[router]\n"
            'frontend = ["ipc://RUNTIME/rpc.sock"]\n[log]\n'
            'frontend = ["ipc://RUNTIME/log-frontend.sock"]\n'
            f'[control]\naddress = "udp://127.0.0.1:{free_port()}"\n')
        self.frontend = f"ipc://{base}/run/log-frontend.sock"
        self.backend = f"ipc://{base}/run/log.sock"
        super().__init__(
            [bin_dir / "robot-runtime", "run",
             f"--config-file={base}/robot.ini",
             f"--application.runtime-directory={base}/run",
             f"--application.state-directory={base}/state"], folder)
        while not pathlib.Path(f"{base}/run/rpc.sock").exists():
            if self.process.poll() is not None:
                sys.exit("the runtime has ended")
            time.sleep(0.01)


def storm(bin_dir, args):
    storm_through("floor", Proxy(bin_dir), bin_dir, args)
    return storm_through("ours", Runtime(bin_dir), bin_dir, args)


def storm_through(title, forwarder, bin_dir, args):
    program = bin_dir / "bench-log-storm"
    events = int(RATE * 5 * args.scale) // PUBLISHERS
    known = (PUBLISHERS, events)
    with forwarder as runtime:
        readers = [start([program, "read", runtime.frontend, *known],
                         stdout=subprocess.PIPE) for _ in range(READERS)]
        stalled = start([program, "stall", runtime.frontend, *known],
                        stdout=subprocess.PIPE)
        for each in (*readers, stalled):
            each.stdout.readline()
        writer = bin_dir / ("bench-log-publisher" if args.library
                            else "bench-log-storm")
        publishers = [start([writer, "publish", runtime.backend, i,
                             RATE / PUBLISHERS * args.rate, events],
                            stdout=subprocess.PIPE)
                      for i in range(PUBLISHERS)]
        time.sleep(1)
        for each in publishers:
            each.stdin.write("go\n")
            each.stdin.flush()
        sends = [numbers(each) for each in publishers]
        reads = [numbers(each, int) for each in readers]
        stalled.stdin.write("go\n")
        stalled.stdin.flush()
        late = numbers(stalled, int)
        for each in (*publishers, *readers, stalled):
            each.communicate()
    produced = PUBLISHERS * (events + 1)
    worst = max(x[1] for x in sends)
    beyond = sum(x[4] for x in sends) / (PUBLISHERS * events)
    seconds = max(x[3] for x in sends)
    missed = sum(x[1] for x in reads)
    accounts = (*reads, late)
    adds_up = all(x[0] + x[1] == produced and x[2] == 0 for x in accounts)
    if not adds_up:
        print(f"storm {title}: a reader accounts for",
              sorted(set(map(tuple, accounts))), "of", produced, flush=True)
    print(f"storm {title}: {produced} events in {seconds:.2f} s"
          f" ({produced / seconds:.0f}/s wanted {RATE * args.rate:.0f}/s) to"
          f" {READERS} readers and a stalled one: missed {missed} of"
          f" {READERS * produced}, the stalled one {late[1]},"
          f" produced = delivered + missed {'holds' if adds_up else 'FAILS'};"
          f" send p50 {statistics.median(x[0] for x in sends):.1f} us,"
          f" p99.9 {statistics.median(x[1] for x in sends):.1f} us"
          f" (worst publisher {worst:.1f} us),"
          f" longest {max(x[2] for x in sends):.0f} us,"
          f" {beyond:.4%} of all above {MAX_SEND_US:.0f} us;"
          f" peak {runtime.peak} KiB", flush=True)
    return (adds_up and missed == 0
            and (args.lenient or worst <= MAX_SEND_US)
            and runtime.peak <= MAX_RSS_KIB)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0,
                        help="events of each measurement, as a factor")
    parser.add_argument("--rate", type=float, default=1.0,
                        help="events a second of the storm, as a factor")
    parser.add_argument("--library", action="store_true",
                        help="the storm: publishers write through our library")
    parser.add_argument("--lenient", action="store_true",
                        help="the storm: no limit on the time of a send")
    figures = {"forwarder": forwarder, "caller": caller, "storm": storm}
    parser.add_argument("--only", choices=figures)
    args = parser.parse_args()
    bin_dir = pathlib.Path(args.build).resolve() / "bin"
    results = [figure(bin_dir, args) for name, figure in figures.items()
               if args.only in (None, name)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
