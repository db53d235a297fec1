# SPDX-License-Identifier: BSD-3-Clause
"""One run of the floor or of robot-runtime, with children of its own."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from board import Board
from figures import BenchmarkError
from programs import addresses_of_its_own, free_udp_port

EMERGENCY_STOP = 255
PATIENCE = 60.0  # seconds, after which a run counts as hung


@dataclass
class Setup:
    """Where things are, for every run."""

    programs: Path
    folder: Path  # for files
    shared: Path  # for boards, in memory where there is such a place
    tuning: str  # the shipped tuning of the actor system
    runs: int = 0
    # For every runtime's command line.
    options: list[str] = field(default_factory=list)

    def program(self, name: str) -> str:
        return str(self.programs / f"bench-processes-{name}")


@dataclass
class Extra:
    """What a run has beyond children that sleep."""

    # Of every child, and of the last.
    keys: dict[str, str] = field(default_factory=dict)
    last_keys: dict[str, str] = field(default_factory=dict)
    last_arguments: list[str] = field(default_factory=list)
    # For the runtime's command line.
    options: list[str] = field(default_factory=list)
    # How many children there are, where that is not the number of slots.
    children: int | None = None
    # The floor's program.
    floor: str = "floor"


@dataclass
class Run:
    """One run of the floor or of robot-runtime, and what it left."""

    name: str
    folder: Path
    board: Board
    process: subprocess.Popen
    events: list[dict] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    ended: float = 0  # by the monotonic clock

    def fail(self, why: str) -> BenchmarkError:
        text = ""
        for name in ("out", "err"):
            lines = (self.folder / name).read_text(errors="replace").splitlines()
            text += "".join(f"\n  {name}: {line}" for line in lines[-10:])
        return BenchmarkError(f"{self.name}: {why}{text}")

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None:
                raise self.fail(
                    f"ended with code {self.process.returncode}, before {what}"
                )
            if time.monotonic() > deadline:
                raise self.fail(f"timed out, waiting for {what}")
            time.sleep(0.02)

    def wait_until_ready(self) -> None:
        self.wait_for(
            f"{self.board.expected} children",
            lambda: self.board.header()[0] == self.board.expected,
        )

    def finish(self, expected_code: int, stop: bool = False) -> None:
        """Waits for its end, without polling, and reads its events."""
        pidfd = os.pidfd_open(self.process.pid)
        try:
            if stop:
                signal.pidfd_send_signal(pidfd, signal.SIGTERM)
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            if not poll.poll(PATIENCE * 1000):
                raise self.fail("timed out, waiting for its end")
            self.ended = time.monotonic()
        finally:
            os.close(pidfd)
        if self.process.wait() != expected_code:
            raise self.fail(
                f"exit code {self.process.returncode}, expected {expected_code}"
            )
        self.events = self.read_events()
        if left := self.left_running():
            raise self.fail(f"left {len(left)} of its children running")

    def read_events(self) -> list[dict]:
        lines = (self.folder / "out").read_text().split("\n")
        # Whatever follows the last line feed is still being written.
        return [json.loads(line) for line in lines[:-1]]

    def left_running(self) -> list[int]:
        """The children that are still there, known by the board's path on
        their command line."""
        mark = os.fsencode(self.board.path)
        result = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = file.read_bytes()
            except OSError:
                continue
            if mark in command.split(b"\0"):
                result.append(int(file.parent.name))
        return result

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        # More than once: what is killed may have been starting another.
        while left := self.left_running():
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        self.board.memory.close()
        self.board.path.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def text(value: str | Path) -> str:
    """A string as the configuration file has it."""
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def configuration(
    setup: Setup, board: Board, commands: list[str], extra: Extra
) -> str:
    """One section for each child; time enough for every child to report before
    it is killed; no updates, which wake an idle runtime at every interval, for
    it is children that count."""
    parts = [
        f"""[application]
name = "bench"
[log]
level = "info"
format = "json"
[update]
interval = 1h
[emergency-stop]
exit-code = {EMERGENCY_STOP}
terminate-timeout = 30s
""",
        setup.tuning,
    ]
    for index, program in enumerate(commands):
        is_last = index + 1 == len(commands)
        words = [program, board.path, str(index)]
        keys = {
            "output": '"null"',
            "terminate-timeout": "30s",
            "on-success": '"ignore"',
            "on-failure": '"stop"',
        } | extra.keys
        if is_last:
            words += extra.last_arguments
            keys |= extra.last_keys
        command = ", ".join(text(word) for word in words)
        parts.append(f"[process.child-{index}]\ncommand = [{command}]\n")
        parts += [f"{key} = {value}\n" for key, value in keys.items()]
    return "".join(parts)


@contextmanager
def running(
    setup: Setup,
    ours: bool,
    count: int,
    program: str,
    last: str | None = None,
    extra: Extra | None = None,
) -> Iterator[Run]:
    """Starts `count` children under robot-runtime, or under the floor."""
    extra = extra or Extra()
    setup.runs += 1
    folder = setup.folder / str(setup.runs)
    (folder / "run").mkdir(parents=True, mode=0o700)
    (folder / "state").mkdir(mode=0o700)
    board = Board(setup.shared / f"board-{setup.runs}", count)
    commands = [setup.program(program)] * (extra.children or count)
    if last is not None:
        commands[-1] = setup.program(last)
    if ours:
        file = folder / "robot.ini"
        file.write_text(configuration(setup, board, commands, extra))
        command = [
            str(setup.programs / "robot-runtime"),
            "run",
            f"--config-file={file}",
            *addresses_of_its_own(folder, free_udp_port()),
            *setup.options,
            *extra.options,
        ]
    else:
        command = [setup.program(extra.floor), str(board.path), commands[0]]
        if last is not None:
            command.append(commands[-1])
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RR_", "RT_"))
    }
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        process = subprocess.Popen(
            [setup.program("stamp"), str(board.path), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
            start_new_session=True,
        )
    run = Run("robot-runtime" if ours else "floor", folder, board, process)
    run.command = command
    try:
        yield run
    finally:
        run.clean_up()
