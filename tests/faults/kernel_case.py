# SPDX-License-Identifier: BSD-3-Clause
"""Short runs of a robot in which the n-th call of the kernel fails. The failing
is done by tests/programs/fail_call.c, which the robot is started with."""

import errno
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from robot_case import CATALOG, LIMIT, MOTOR, free_port  # noqa: E402

# As `struct order` there.
COUNTED = 48
ORDER = struct.Struct(f"=6Ii20s16s16s16s24Q{20 * COUNTED}s{COUNTED}I")
OWNER, ARMED, CALLS, FAILURES = range(4)
EVER = 2**32 - 1

@dataclass
class Fault:
    """What is to fail, and when: from the first call of that name, counted from
    the start of the robot, or from the order to stop, to the last."""

    call: str = ""
    error: str = "ENOMEM"
    caller: str = "program"
    at: int = EVER
    last: int = 0
    in_stop: bool = False
    # Of this one alone; of all where it is empty.
    thread: str = ""

    def __str__(self):
        when = "after the order to stop" if self.in_stop else ""
        which = f"{self.call} {self.at}"
        if self.thread:
            which = f"{self.thread}: {which}"
        if self.last:
            which += " and all others"
        return " ".join(x for x in (which, self.error, when) if x)


class Order:
    """What a process is told by, and tells of its calls."""

    def __init__(self, path: Path, fault: Fault, counted):
        self.counted = counted
        names = b"".join(x.encode().ljust(20, b"\0") for x in counted)
        path.write_bytes(ORDER.pack(
            0, 0, 0, 0, fault.at, fault.last or fault.at,
            getattr(errno, fault.error), fault.call.encode(),
            fault.caller.encode(), fault.thread.encode(), b"", *[0] * 24, names, *[0] * COUNTED,
        ))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), ORDER.size)

    def __getitem__(self, index):
        return struct.unpack_from("=I", self.memory, 4 * index)[0]

    def arm(self):
        struct.pack_into("=I", self.memory, 4 * ARMED, 1)

    def counts(self):
        return dict(zip(self.counted, ORDER.unpack(self.memory)[-COUNTED:]))

    def where(self):
        """The thread, and the return addresses, of the first failure."""
        fields = ORDER.unpack(self.memory)
        return (fields[10].partition(b"\0")[0].decode(),
                [hex(x) for x in fields[11:35] if x])


@dataclass
class Run:
    """A robot with three children that is started, and stopped by SIGTERM or by
    a child that raises the emergency code."""

    program: str
    library: str
    fault: Fault
    emergency: bool = False
    # Calls of the same caller that are counted.
    counted: tuple = ()
    problems: list = field(default_factory=list)

    def __post_init__(self):
        with tempfile.TemporaryDirectory(prefix="rr-fault-") as folder:
            self.folder = Path(folder)
            self.go_through()
            self.judge()

    # -- the robot --------------------------------------------------------------

    def command(self):
        child = [str(Path(self.program).parent / "test-fault-child"),
                 str(self.folder)]
        processes = {
            "drive": [*child, "drive", "drive", str(MOTOR)],
            "ready": [*child, "ready", "ready"],
            "bumper": [*child, "bumper", "raise", f"{self.folder}/go"],
        }
        self.prefix = f"k{os.getpid()}-{self.folder.name[9:].lower()}"
        self.prefix = "".join(x for x in self.prefix if x.isalnum() or x == "-")
        return [
            self.program,
            "run",
            f"--application.runtime-directory={self.folder}/run",
            f"--application.state-directory={self.folder}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-front.sock",
            f"--log.file={self.folder}/robot.log",
            f"--control.address=udp://127.0.0.1:{free_port()}",
            f"--update.address=udp://224.1.1.1:{free_port()}",
            "--update.interval=20ms",
            f"--device.catalog={self.folder}/catalog.yaml",
            f"--device.prefix={self.prefix}",
            "--emergency-stop.terminate-timeout=2s",
            *(f"--process.{name}.command={json.dumps(words)}"
              for name, words in processes.items()),
            "--process.ready.ready=notify",
            "--process.ready.ready-timeout=4s",
        ]

    def go_through(self):
        (self.folder / "catalog.yaml").write_text(CATALOG)
        os.mkfifo(self.folder / "go")
        order = Order(self.folder / "order", self.fault, self.counted)
        command = self.command()
        if not self.fault.in_stop:
            order.arm()
        environment = {k: v for k, v in os.environ.items() if k[:3] != "RR_"}
        environment |= {"LD_PRELOAD": self.library,
                        "FAIL_CALL": f"{self.folder}/order",
                        "FAULT_RUN": str(self.folder)}
        self.robot = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL,
            stdout=(self.folder / "out").open("w"),
            stderr=(self.folder / "err").open("w"),
        )
        try:
            self.stop(order)
        finally:
            self.robot.kill()
            self.robot.wait()
            for pid in self.left():
                os.kill(pid, signal.SIGKILL)
            for left in Path("/dev/shm").glob(f"{self.prefix}-*"):
                left.unlink(missing_ok=True)
        self.counts = order.counts()
        self.failures = order[FAILURES]
        self.where = order.where() if self.failures else None
        self.out = (self.folder / "out").read_text()
        self.err = (self.folder / "err").read_text()
        self.events = [json.loads(x) for x in self.out.splitlines()
                       if x.startswith("{")]
        self.latched = (self.folder / "state" / "latch.json").exists()

    def stop(self, order):
        self.is_up = self.wait_until(self.all_up)
        self.counts_before = order.counts()
        self.code = self.robot.poll()
        if self.code is None and not self.is_up:
            self.problems.append("hung at its start")
        if self.fault.in_stop:
            order.arm()
        begin = time.monotonic()
        self.told = self.code is None and self.tell()
        self.wait_until(lambda: False)
        self.code = self.robot.poll()
        if self.code is None:
            self.problems.append("hung in its stop")
            self.code = "none"
        self.seconds = time.monotonic() - begin
        # Process 1 of this machine may reap late.
        end = time.monotonic() + 2
        while self.left() and time.monotonic() < end:
            time.sleep(0.005)
        names = [self.name_of(x) for x in self.left()]
        if names:
            self.problems.append(f"left: {names}")

    def tell(self):
        """Whether the robot was told to stop."""
        if self.emergency and self.is_up:
            # Before it is read the child has not come that far.
            return self.wait_until(self.raise_emergency)
        self.robot.send_signal(signal.SIGTERM)
        return True

    def raise_emergency(self):
        try:
            word = os.open(self.folder / "go", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            os.write(word, b"x")
        except BrokenPipeError:
            # It has ended with its robot between the two.
            return False
        finally:
            os.close(word)
        return True

    # -- what is promised -------------------------------------------------------

    def judge(self):
        """What was not as promised: never a hang, never a child left, never an
        end without a reason."""
        # libzmq ends the program when it has no memory itself.
        of_library = "FATAL ERROR: OUT OF MEMORY" in self.err
        # What is made before `main` begins has nobody who could catch it.
        of_library |= "bad_alloc" in self.err and not self.out
        # A thread of CAF's that begins has glibc note what to do at its end.
        of_library |= "TLS destructor: out of memory" in self.err and not self.out
        if isinstance(self.code, int) and self.code < 0 and not of_library:
            self.problems.append(f"died of signal {-self.code}")
        if self.code != 0 and not self.reasons():
            self.problems.append(f"ended with {self.code} and said nothing")
        if self.code == 0 and not self.told:
            self.problems.append("ended with 0 by itself")
        # What ends a robot may be quicker than the child that raises one.
        raised = self.marked("raised", "bumper")
        if self.code == 255 and not raised:
            self.problems.append("took something for an emergency")
        if self.code != 255 and raised:
            self.problems.append(f"took an emergency for {self.code}")
        stopped = [x for x in ("drive", "ready")
                   if self.is_up and not self.marked("terminated", x)]
        if stopped and self.told and (
            self.code in (0, 255) or self.fault.call == "malloc"
        ):
            self.problems.append(f"never told to end: {stopped}")
        if self.code == 255 and not self.latched and not self.reasons("latch"):
            self.problems.append("did not latch, and did not say so")

    def reasons(self, word=""):
        """Lines that tell what was wrong."""
        said = [x for x in self.err.splitlines()
                if x and not x.startswith("warning:")]
        said += [json.dumps(x) for x in self.events
                 if x["level"] in ("error", "critical")]
        return [x for x in said if word in x]

    def marked(self, what, *names):
        return all((self.folder / f"{what}-{x}").exists() for x in names)

    def all_up(self):
        return self.marked("up", "drive", "ready", "bumper")

    def wait_until(self, done):
        """Whether something was so before the robot has ended."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if done():
                return True
            if self.robot.poll() is not None:
                return False
            time.sleep(0.005)
        return False

    def left(self):
        """Processes of this run that have not ended."""
        mark = f"FAULT_RUN={self.folder}".encode()
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.robot.pid:
                continue
            try:
                environment = Path(f"/proc/{entry}/environ").read_bytes()
            except OSError:
                continue
            if mark in environment.split(b"\0"):
                return [int(entry)]
        return []

    @staticmethod
    def name_of(pid):
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        except OSError:
            return str(pid)
