# SPDX-License-Identifier: BSD-3-Clause
"""What is left of a run of the runtime: processes, sockets, locks, shared
memory and control groups, found without asking the runtime or its children."""

import fcntl
import os
import select
import stat
import time
from pathlib import Path

PAUSE = 0.002  # seconds between two looks
LOOK = 0.02  # seconds that one may take


def descriptors_of(pid):
    """Children of a process, as descriptors that tell of their end."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                found[int(child)] = os.pidfd_open(int(child))
            except ProcessLookupError:
                pass
    return found


def has_ended(descriptor) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def command_line(pid) -> bytes:
    """Empty of one that has ended, whether it is reaped or waits for others of
    its namespace to be: process 1 of a machine may be slow to do it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def processes_with(mark):
    """Those that have it on their command lines: number and line."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and mark in (line := command_line(name)):
            found[int(name)] = line.replace(b"\0", b" ").decode().strip()
    return found


def own_groups():
    """The folder of this process's control group; None without any."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if " - cgroup2 " in line:
            point = line.split()[4]
            break
    else:
        return None
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            return Path(point + line[3:])
    return None


def is_locked(path) -> bool:
    try:
        with open(path, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def files_below(folder):
    return [Path(at) / name for at, _, names in os.walk(folder)
            for name in names]


class Remains:
    """Of one run: made while it lives, asked when it has ended.

    `mark` is on the command line of each process; `folder` has its runtime and
    state directories; `ports` are bound by nobody else."""

    def __init__(self, runtime, folder, prefix, ports):
        self.runtime = runtime
        self.folder = folder
        self.mark = str(folder).encode()
        self.prefix = prefix
        self.ports = ports
        # Its keeper has no mark.
        self.children = descriptors_of(runtime)

    def close(self):
        for descriptor in self.children.values():
            os.close(descriptor)

    def living(self):
        """Everything that must have gone in whatever way the runtime ends."""
        marked = processes_with(self.mark)
        found = [f"process {pid}: {line}" for pid, line in marked.items()]
        found += [f"child {pid}" for pid, x in self.children.items()
                  if pid not in marked and not has_ended(x)
                  and command_line(pid)]
        found += [f"socket {x}" for x in self.sockets()]
        found += [f"control group {x}" for x in self.groups()]
        found += [f"lock of {x}" for x in self.files() + self.memory()
                  if is_locked(x)]
        return found

    def traces(self):
        """Names that a runtime removes when it ends, and one that was killed
        leaves to the next."""
        sockets = [x for x in files_below(self.folder)
                   if stat.S_ISSOCK(x.lstat().st_mode)]
        return [f"name {x}" for x in sockets + self.memory()]

    def wait_until_gone(self, what, allowed):
        """Asks `what` until it finds nothing, for so many seconds. Returns what
        is left, and the seconds that it took: of a look only those count that
        it takes on a machine at rest."""
        took = 0.0
        begin = time.monotonic()
        while (left := what()) and took < allowed:
            time.sleep(PAUSE)
            now = time.monotonic()
            took += min(now - begin, LOOK)
            begin = now
        return left, took + min(time.monotonic() - begin, LOOK)

    def files(self):
        return [x for x in files_below(self.folder)
                if stat.S_ISREG(x.lstat().st_mode)]

    def memory(self):
        return list(Path("/dev/shm").glob(self.prefix + "-*"))

    def groups(self):
        own = own_groups()
        if own is None:
            return []
        return [x for x in own.glob("robot-runtime-*")
                if x.name.split("-")[3] == str(self.runtime)]

    def sockets(self):
        """By the kernel's tables: of a path in the folder, or a port."""
        unix = Path("/proc/net/unix").read_text().splitlines()
        found = [line for line in unix if str(self.folder) in line]
        for table in ("udp", "tcp"):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                local, state = (line.split()[x] for x in (1, 3))
                # A connection that has ended lingers there by itself.
                if int(local[-4:], 16) in self.ports and state in ("07", "0A"):
                    found.append(f"{table} {line.strip()}")
        return found
