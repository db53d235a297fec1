# SPDX-License-Identifier: BSD-3-Clause
"""A machine with systemd, from a tree of Debian: a container with a network,
process numbers and control groups of its own."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

LIMIT = 120  # seconds, of what takes some five on an idle machine
GROUPS = Path("/sys/fs/cgroup")


class MachineError(Exception):
    """Why none can be had here."""


def children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


class Machine:
    def __init__(self, tree: Path, log: Path):
        if not shutil.which("systemd-nspawn"):
            raise MachineError("systemd-nspawn is not installed")
        self.groups = []
        command = ["systemd-nspawn", f"--directory={tree}", "--boot",
                   "--private-network", "--register=no", "--console=pipe"]
        # Where systemd runs it has a place for it; else it gets one of its own.
        if not Path("/run/systemd/system").is_dir():
            command.append("--keep-unit")
            self.groups = [
                x / f"rr-machine-{os.getpid()}"
                for x in (GROUPS / "systemd", GROUPS / "unified", GROUPS)
                if (x / "cgroup.procs").exists() and os.access(x, os.W_OK)
            ]
        for group in self.groups:
            group.mkdir()
        self.log = log
        self.leader = 0
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env={"PATH": os.environ["PATH"], "SYSTEMD_NSPAWN_LOCK": "0"},
                preexec_fn=self.enter_groups)
        try:
            self.wait_for_leader()
        except BaseException:
            self.end()
            raise

    def enter_groups(self):
        for group in self.groups:
            (group / "cgroup.procs").write_text("0")

    def wait_for_leader(self):
        """Process 1, once it has started all that it starts at first."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self.process.poll() is None:
            for self.leader in children_of(self.process.pid):
                asked = subprocess.run(
                    self.command("root", "systemctl", "is-system-running"),
                    stdin=subprocess.DEVNULL, capture_output=True, text=True)
                # Some of its services cannot run in a container.
                if asked.stdout.strip() in ("running", "degraded"):
                    return
            time.sleep(0.1)
        last = self.log.read_text(errors="replace").strip().splitlines()
        raise MachineError(f"systemd does not start here: {(last or ['?'])[-1]}")

    def command(self, user: str, *words, **variables) -> list[str]:
        """Has the user say it, as in a terminal that he has logged in from."""
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--uts",
                 "--ipc", "--net", "--pid", "--cgroup", "--root", "--wdns=/"]
        if user == "root":
            return [*enter, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                    "HOME=/root", *words]
        said = [f"--setenv={k}={v}" for k, v in variables.items()]
        return [*enter, "env", "-i", "PATH=/usr/bin:/bin", "systemd-run",
                "--quiet", "--pipe", "--wait", "--collect", f"--uid={user}",
                "--property=PAMName=login", *said, *words]

    def end(self):
        # With process 1 all ends that runs in it, and is accounted for.
        if self.leader and self.process.poll() is None:
            os.kill(self.leader, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait(LIMIT)
        for group in self.groups:
            end = time.monotonic() + LIMIT
            while group.exists() and time.monotonic() < end:
                for folder, _, _ in os.walk(group, topdown=False):
                    try:
                        os.rmdir(folder)
                    except OSError:
                        time.sleep(0.05)  # who was in it is about to end
