# SPDX-License-Identifier: BSD-3-Clause
"""Each cause of an emergency stop, and how long it takes until the last of the
children handles SIGTERM."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable

import cbor2
import zmq

from programs import free_udp_port
from runs import EMERGENCY_STOP, Extra, Run, Setup, running

OTHERS = 16  # children that are to be stopped
SILENCE = 0.2  # seconds that a driver may be silent
WATCHDOG = 1.0


def last_of(run: Run, moment: int) -> float:
    """Microseconds from the moment to the last sleeper's end."""
    times = [slot.end_monotonic for slot in run.board.slots()[:OTHERS]]
    if 0 in times:
        raise run.fail("a sleeper has not reported")
    if min(times) <= moment:
        raise run.fail("a sleeper was stopped before its time")
    return (max(times) - moment) / 1e3


def signal_floor(run: Run, wait: float = 0) -> float:
    """The floor stops by a signal, or when a time is over."""
    if wait:
        time.sleep(wait)
    moment = time.monotonic_ns()
    run.process.send_signal(signal.SIGTERM)
    run.finish(0)
    return last_of(run, moment)


def settle(run: Run) -> None:
    run.wait_until_ready()
    time.sleep(0.3)


def by_exit(setup: Setup, ours: bool) -> float:
    with running(setup, ours, OTHERS + 1, "sleeper", "trigger") as run:
        run.finish(EMERGENCY_STOP)
        return last_of(run, run.board.slots()[-1].end_monotonic)


def by_call(setup: Setup, ours: bool) -> float:
    with running(setup, ours, OTHERS, "sleeper") as run:
        settle(run)
        if not ours:
            return signal_floor(run)
        context = zmq.Context()
        caller = context.socket(zmq.DEALER)
        caller.setsockopt(zmq.IDENTITY, b"bench")
        caller.setsockopt(zmq.LINGER, 0)
        caller.connect(f"ipc://{run.folder}/run/rpc.sock")

        def call(number: int, method: str, *args: str) -> None:
            caller.send_multipart(
                [b"broker-service", cbor2.dumps([0, number, method, args])]
            )

        call(1, "ping")
        if not caller.poll(10_000):
            raise run.fail("the broker does not answer")
        caller.recv_multipart()
        time.sleep(0.05)
        moment = time.monotonic_ns()
        call(2, "emergency_stop", "bench")
        run.finish(EMERGENCY_STOP)
        context.destroy()
        return last_of(run, moment)


def by_command(setup: Setup, ours: bool) -> float:
    """The floor is stopped by a program as well, which does nothing but that."""
    with running(setup, ours, OTHERS, "sleeper") as run:
        settle(run)
        command = ["/bin/kill", "-TERM", str(run.process.pid)]
        if ours:
            command = [run.command[0], "estop", *run.command[2:]]
        moment = time.monotonic_ns()
        done = subprocess.run(command, capture_output=True)
        if done.returncode != 0:
            raise run.fail(f"{command}: {done.stderr}")
        run.finish(EMERGENCY_STOP if ours else 0)
        return last_of(run, moment)


def by_silence(setup: Setup, ours: bool) -> float:
    """Counted from the driver's last packet and `control.timeout`."""
    port = free_udp_port()
    extra = Extra(
        options=[
            f"--control.address=udp://127.0.0.1:{port}",
            "--control.on-timeout=emergency-stop",
            f"--control.timeout={SILENCE * 1000:.0f}ms",
        ]
    )
    with running(setup, ours, OTHERS, "sleeper", extra=extra) as run:
        settle(run)
        if not ours:
            return signal_floor(run, SILENCE)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as driver:
            driver.connect(("127.0.0.1", port))
            packet = cbor2.dumps([2, "update_gamepads", [{"0": {"lx": 0}}]])
            for _ in range(5):
                time.sleep(0.02)
                driver.send(packet)
            moment = time.monotonic_ns() + int(SILENCE * 1e9)
        run.finish(EMERGENCY_STOP)
        return last_of(run, moment)


def by_watchdog(setup: Setup, ours: bool) -> float:
    """Counted from the child's last heartbeat and its `watchdog`."""
    extra = Extra(
        last_arguments=["2"],
        last_keys={
            "ready": '"notify"',
            "watchdog": f"{WATCHDOG:.0f}s",
            "on-failure": '"emergency-stop"',
        },
    )
    with running(setup, ours, OTHERS + 1, "sleeper",
                 "watched" if ours else "sleeper", extra) as run:
        settle(run)
        if not ours:
            return signal_floor(run, WATCHDOG)
        run.finish(EMERGENCY_STOP)
        last = run.board.slots()[-1].end_monotonic
        return last_of(run, last + int(WATCHDOG * 1e9))


CAUSES: dict[str, Callable[[Setup, bool], float]] = {
    "a child's exit": by_exit,
    "the call": by_call,
    "the command": by_command,
    "a silent driver": by_silence,
    "a missed watchdog": by_watchdog,
}
