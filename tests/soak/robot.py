# SPDX-License-Identifier: BSD-3-Clause
"""The example robot of a soak: its configuration, its process, what it prints,
and what the kernel tells of it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from pathlib import Path

import cbor2

from chatter import read_ledgers

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from robot_case import LIMIT, free_port  # noqa: E402

HERE = Path(__file__).resolve().parent
# Every process comes back, however often it is killed.
ALWAYS = """
restart = "always"
restart-delay = 50ms
restart-max-delay = 500ms
restart-limit = 100000
"""
EXTRA = """
[process.chatter]
command = ["/usr/bin/python3", "{here}/chatter.py", "{folder}/ledgers"]
on-failure = "stop"
terminate-timeout = 500ms
ready = "notify"
watchdog = 2s
"""
PROBE = """
probe = ["/usr/bin/test", "!", "-e", "{folder}/arm-is-ill"]
probe-interval = 500ms
probe-limit = 2
"""
PROCESSES = ("control-loop", "arm", "student", "battery-monitor", "chatter")


def configuration(build: Path, folder: Path) -> str:
    """The example robot's, with restarts, a probe and one who talks."""
    text = (build / "examples" / "robot.ini").read_text()
    text = re.sub(r"--trip-file=[^\"]*", f"--trip-file={folder}/battery", text)
    text += EXTRA.format(here=HERE, folder=folder)
    text = re.sub(r"(?m)^(\[process\..*\])$", rf"\1{ALWAYS}", text)
    probe = PROBE.format(folder=folder)
    return text.replace("[process.arm]", "[process.arm]" + probe)


class Robot:
    def __init__(self, build: Path, folder: Path):
        self.build = build
        self.folder = folder
        self.program = build / "bin" / "robot-runtime"
        self.prefix = f"soak-{os.getpid()}"
        self.port = free_port()
        (folder / "ledgers").mkdir()
        (folder / "robot.ini").write_text(configuration(build, folder))
        self.options = [
            f"--config-file={folder}/robot.ini",
            f"--application.runtime-directory={folder}/run",
            f"--application.state-directory={folder}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-front.sock",
            "--log.format=json",
            f"--control.address=udp://127.0.0.1:{self.port}",
            f"--update.address=udp://239.255.77.79:{free_port()}",
            f"--device.prefix={self.prefix}",
        ]
        self.environment = {
            k: v for k, v in os.environ.items() if k[:3] != "RR_"
        }
        self.heap = folder / "heap"
        self.pids: dict[str, int] = {}
        self.all_started = threading.Event()
        self.counts: Counter = Counter()
        self.last_words: deque = deque(maxlen=3)
        self.lines: dict[str, set] = {}
        self.twice = 0
        self.dropped = 0  # as standard output has counted
        self.may_read = threading.Event()
        self.may_read.set()
        self.child = None

    def address(self, name: str) -> str:
        return f"ipc://{self.folder}/run/{name}"

    def command(self, name: str, *arguments) -> list:
        return [str(self.program), name, *arguments, *self.options]

    def start(self):
        command = self.command("run")
        if setpriv := shutil.which("setpriv"):
            # It ends with this program, however that ends.
            command = [setpriv, "--pdeathsig", "TERM", "--", *command]
        # What threads keep for themselves would count as in use.
        watched = self.environment | {
            "HEAP_USE": str(self.heap),
            "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
        }
        library = self.build / "bin" / "libtest-heap-use.so"
        if library.exists():
            watched["LD_PRELOAD"] = str(library)
        self.errors = (self.folder / "errors.txt").open("w+")
        # Ctrl-C is for this program alone.
        self.child = subprocess.Popen(
            command,
            env=watched,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        end = time.monotonic() + LIMIT
        while not self.all_started.wait(0.1):
            if not self.is_running() or time.monotonic() > end:
                raise RuntimeError(f"does not start: {self.trouble()}")

    def drive_until(self, heard):
        """What comes while the robot waits for the processor is refused as too
        old, and sent again here until `heard` says that it was not."""
        pads = {str(i): {"ly": 0} for i in range(2)}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as station:
            packet = cbor2.dumps([2, "update_gamepads", [pads]])
            end = time.monotonic() + LIMIT
            while not heard():
                if time.monotonic() > end:
                    raise RuntimeError("hears no control packet")
                station.sendto(packet, ("127.0.0.1", self.port))

    def measure(self) -> dict:
        """As the kernel tells, and as its allocator does."""
        result = measure(self.child.pid, "runtime")
        if not result or not self.heap.exists():
            return result
        told = self.heap.read_text().split()
        if len(told) != 2:
            return result  # not yet
        in_use, kept = [int(x) // 1024 for x in told]
        owned = result["runtime_anonymous_kib"] - kept
        return result | {"runtime_in_use_kib": in_use, "runtime_kept_kib": kept,
                         "runtime_owned_kib": owned}

    def is_running(self) -> bool:
        return self.child.poll() is None

    def trouble(self) -> str:
        self.errors.seek(0)
        return (f"exit code {self.child.poll()}, {self.errors.read()!r},"
                f" {list(self.last_words)}")

    def stop(self):
        """@returns the exit code, -SIGKILL of one that had to be killed."""
        self.may_read.set()
        self.child.terminate()
        try:
            self.child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.child.kill()
        self.child.wait()
        self.reader.join(LIMIT)
        return self.child.returncode

    def read(self):
        for line in self.child.stdout:
            self.may_read.wait()
            try:
                self.take(json.loads(line))
            except ValueError:
                self.counts["not JSON"] += 1

    def take(self, event: dict):
        what = event["event"]
        if event.get("process") == "chatter" and event.get("stream"):
            self.take_line(what.split())
            return
        if "stream" in event:
            return
        self.counts[what] += 1
        if what in ("Unhandled error", "Application is exiting"):
            self.last_words.append(event)
        if what == "Process started":
            self.pids[event["process"]] = event["pid"]
            if len(self.pids) == len(PROCESSES):
                self.all_started.set()
        elif what == "Log events dropped":
            if event.get("sink") == "standard-output":
                self.dropped += event["count"]

    def take_line(self, words: list):
        if len(words) != 3 or words[0] != "chatter":
            self.counts["torn lines"] += 1
            return
        seen = self.lines.setdefault(words[1], set())
        number = int(words[2])
        self.twice += number in seen
        seen.add(number)

    def pidfd(self, process: str) -> int | None:
        """Of a process, unless it has ended and its number is another's."""
        pid = self.pids[process]
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return None
        if str(pid) in self.children():
            return descriptor
        os.close(descriptor)
        return None

    def restarts(self) -> int:
        return self.counts["Process started"] - len(PROCESSES)

    def unaccounted_lines(self) -> list:
        """What is wrong with the lines of standard output, once it is over."""
        wrong = []
        missing = 0
        for token, (intended, printed) in read_ledgers(
            self.folder / "ledgers"
        ).items():
            seen = self.lines.get(token, set())
            missing += max(0, printed - len(seen))
            if seen and max(seen) > intended:
                wrong.append(f"line {max(seen)} of {token} was never printed")
        if missing > self.dropped:
            wrong.append(
                f"{missing} lines of a child are not on standard output, and"
                f" {self.dropped} counted as dropped"
            )
        if self.twice or self.counts["torn lines"] or self.counts["not JSON"]:
            wrong.append(
                f"{self.twice} lines twice, {self.counts['torn lines']} torn,"
                f" {self.counts['not JSON']} no JSON"
            )
        self.missing = missing
        return wrong

    def left_behind(self) -> list:
        """What is there after its end: shared memory, and processes, which it
        had told where its folder is."""
        left = list(Path("/dev/shm").glob(f"{self.prefix}-*"))
        folder = f"RUNTIME_DIRECTORY={self.folder}/run".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if folder in (process / "environ").read_bytes():
                    left.append(process)
            except OSError:
                pass  # it has ended, or is another user's
        return [str(x) for x in left]

    def keeper(self) -> int | None:
        """Its process, which watches over the children's end."""
        return next(
            (
                int(pid)
                for pid in self.children()
                if b"robot-runtime-keeper" in command_line(pid)
            ),
            None,
        )

    def children(self) -> list:
        pid = self.child.pid
        path = Path(f"/proc/{pid}/task")
        found = []
        for task in path.iterdir():
            try:
                found += (task / "children").read_text().split()
            except OSError:
                pass  # a thread that has ended
        return found


def command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def measure(pid: int | None, name: str) -> dict:
    """Memory, descriptors and threads, as the kernel tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return {}
    of = dict(re.findall(r"(?m)^(\w+):\s+(\d+)", status))
    if "VmRSS" not in of:
        return {}  # it has ended, and is not reaped yet
    return {
        f"{name}_resident_kib": int(of["VmRSS"]),
        f"{name}_anonymous_kib": int(of["RssAnon"]),
        f"{name}_descriptors": descriptors,
        f"{name}_threads": int(of["Threads"]),
    }


def open_kinds(pid: int) -> Counter:
    """What a process has open, with numbers left out."""
    result: Counter = Counter()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            result[re.sub(r"\d+", "N", os.readlink(descriptor))] += 1
        except OSError:
            pass  # closed meanwhile
    return result
