# SPDX-License-Identifier: BSD-3-Clause
"""How soon others see a device's value, and that a runtime has died."""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cbor2

from figures import BenchmarkError
from programs import Runtime

CATALOG = """motor:
  device_id: 1
  params:
    - {name: speed, type: double}
    - {name: duty_cycle, type: double, writeable: true, safe: 0}
"""
UID = (1 << 72) + 7
UPDATES = 20
PATIENCE = 10.0  # seconds


def group_socket(address: str) -> socket.socket:
    """That hears the updates sent to udp://ADDRESS on this machine."""
    group, _, port = address.removeprefix("udp://").rpartition(":")
    result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    result.bind((group, int(port)))
    result.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
        socket.inet_aton(group) + socket.inet_aton("127.0.0.1"),
    )
    result.settimeout(PATIENCE)
    return result


def wait_until(done: Callable[[], bool], what: str) -> float:
    """Seconds that it took."""
    begin = time.perf_counter()
    while not done():
        if time.perf_counter() - begin > PATIENCE:
            raise BenchmarkError(f"in vain: {what}")
    return time.perf_counter() - begin


def update_time(motor, listener: socket.socket) -> float:
    """Milliseconds from a value's being set to the update that has it, at
    whatever moment between two."""
    times = []
    for number in range(1, UPDATES + 1):
        time.sleep(random.random() * 0.1)
        begin = time.perf_counter()
        motor.set("speed", float(number))
        while True:
            _, _, [devices] = cbor2.loads(listener.recv(65536))
            if devices.get(str(UID), {}).get("speed") == number:
                break
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def measure(options: argparse.Namespace, given: list[str]) -> dict[str, float]:
    sys.path.insert(0, str(options.build / "python"))
    from robot_runtime import buffers

    catalog = Path(f"/dev/shm/rr-bench-{os.getpid()}.yaml")
    catalog.write_text(CATALOG)
    try:
        with Runtime(options.build, f"--device.catalog={catalog}",
                     *given) as robot:
            os.environ["RR_DEVICE_PREFIX"] = robot.environment[
                "RR_DEVICE_PREFIX"]
            os.environ["RR_DEVICE_CATALOG"] = str(catalog)
            with (
                buffers.open("motor", UID, create=True) as motor,
                group_socket(robot.update_address) as listener,
            ):
                age = update_time(motor, listener)
                motor.write("duty_cycle", 0.5)

                def drives() -> bool:
                    return motor.requested("duty_cycle") == 0.5

                wait_until(drives, "the robot is not enabled")
                robot.process.send_signal(signal.SIGKILL)
                safe = wait_until(lambda: not drives(), "the value stays")
            for left in Path("/dev/shm").glob(
                    robot.environment["RR_DEVICE_PREFIX"] + "-*"):
                left.unlink()
    finally:
        catalog.unlink()
    return {"update, p50": age, "safe after a killed runtime": safe * 1e3}
