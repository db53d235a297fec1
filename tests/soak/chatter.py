#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A child that talks: numbered lines at a bounded rate, and now and then a
flood of them. It keeps a ledger of what it has printed, so that whoever reads
can tell what is missing, however it ends. It says that it is ready, and that it
lives, as systemd's services do.

usage: chatter.py FOLDER-OF-LEDGERS"""

import json
import mmap
import os
import socket
import struct
import sys
import time
from pathlib import Path

PERIOD = 0.05
LINES = 5  # in each period
FLOOD = 2500  # lines at once
FLOOD_EVERY = 8  # seconds
# The first lines are events of each level that the robot takes: it keeps the last
# of each, and the memory for them is to be full before anybody looks whether it
# grows.
LEVELS = ("info", "warning", "error", "critical")
EVENTS = 6000
# Lines that are to be printed, and that have been.
LEDGER = struct.Struct("QQ")


def read_ledgers(folder: Path) -> dict:
    """(to be printed, printed) by token."""
    return {
        path.stem: LEDGER.unpack(path.read_bytes())
        for path in folder.glob("*.ledger")
    }


def notifier():
    target = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    address = os.environ["NOTIFY_SOCKET"]
    target.connect("\0" + address[1:] if address[0] == "@" else address)
    return target


def line_of(text: str, number: int) -> str:
    if number <= EVENTS:
        text = json.dumps({"event": text, "level": LEVELS[number % len(LEVELS)]})
    return text + "\n"


def main(folder: Path):
    token = os.urandom(6).hex()
    path = folder / f"{token}.new"
    path.write_bytes(LEDGER.pack(0, 0))
    path.rename(path.with_suffix(".ledger"))
    with path.with_suffix(".ledger").open("r+b") as file:
        ledger = mmap.mmap(file.fileno(), LEDGER.size)
    number = 0
    notify = notifier()
    notify.send(b"READY=1")
    next_flood = time.monotonic() + FLOOD_EVERY / 2
    while True:
        notify.send(b"WATCHDOG=1")
        count = LINES
        if time.monotonic() > next_flood:
            next_flood += FLOOD_EVERY
            count = FLOOD
        for _ in range(count):
            number += 1
            # A line that fits into a pipe's buffer is written whole or not.
            ledger[:] = LEDGER.pack(number, number - 1)
            os.write(1, line_of(f"chatter {token} {number}", number).encode())
        ledger[:] = LEDGER.pack(number, number)
        time.sleep(PERIOD)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
