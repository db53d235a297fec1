# SPDX-License-Identifier: BSD-3-Clause
"""Pages of a robot that read all that they are told, as fast as it comes.

usage: pages.py PORT COUNT RATE

Says `ready` once each has been told the robot's state and is subscribed to its
log and, at a RATE above 0, to its values; ends with its standard input. On each
line of it, a device's parameter and a value, it says when the first of the pages
has been told that value, in nanoseconds of the monotonic clock."""

from __future__ import annotations

import json
import sys
import threading
import time

import websocket


class Page:
    def __init__(self, port: int, rate: int):
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/stream", subprotocols=["robot-runtime.v1"],
            suppress_origin=True, timeout=60)
        self.awaited = b""
        self.seen = threading.Event()
        self.seen_at = 0
        message = {"type": "subscribe", "id": 1, "log": {"level": "info"}}
        if rate:
            message["values"] = {"uids": ["*"], "rate": rate}
        self.socket.send(json.dumps(message))
        while json.loads(self.socket.recv()).get("type") != "done":
            pass
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        while True:
            try:
                _, text = self.socket.recv_data()
            except (OSError, websocket.WebSocketException):
                return  # The robot has ended.
            if self.awaited and self.awaited in text:
                self.seen_at = time.monotonic_ns()
                self.awaited = b""
                self.seen.set()


def main() -> int:
    port, count, rate = (int(x) for x in sys.argv[1:])
    pages = [Page(port, rate) for _ in range(count)]
    print("ready", flush=True)
    for line in sys.stdin:
        param, value = line.split()
        pages[0].seen.clear()
        pages[0].awaited = f'"{param}":{value}'.encode()
        print("waits", flush=True)
        print(pages[0].seen_at if pages[0].seen.wait(10) else 0, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
