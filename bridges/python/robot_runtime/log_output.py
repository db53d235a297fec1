# SPDX-License-Identifier: BSD-3-Clause
"""Where events leave: to the runtime's log, or as lines on standard output."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any, Optional

import cbor2  # type: ignore[import]
import zmq

from robot_runtime import environment

__all__ = ["Lines", "Output", "Publication"]

# Milliseconds for events to leave when the program ends.
_LINGER = 200
# Bytes of an event: a reader refuses a larger one.
_LARGEST = 1048576


class Output:
    """Used by one thread."""

    def descriptors(self) -> list[Any]:
        """What to poll for reading beside."""
        return []

    def is_open(self) -> bool:
        """Whether events can leave at the moment."""
        return True

    def write(self, event: dict[str, Any]) -> bool:
        """@returns false when it has no room, or nobody takes the event"""
        raise NotImplementedError

    def close(self) -> None:
        pass


class Publication(Output):
    """A socket to the runtime's log. It is an XPUB, a PUB that learns of its
    subscribers, and says when one has no room: before the log has subscribed,
    libzmq would drop events in silence."""

    def __init__(self, address: str, queue: int):
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, _LINGER)
        self._socket.setsockopt(zmq.SNDHWM, queue)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._subscriptions = 0
        try:
            environment.connect(self._socket, address)
        except ValueError:
            self._context.term()
            raise

    def descriptors(self) -> list[Any]:
        return [self._socket]

    def is_open(self) -> bool:
        while True:
            try:
                told = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return self._subscriptions > 0
            self._subscriptions += 1 if told[:1] == b"\1" else -1

    def write(self, event: dict[str, Any]) -> bool:
        payload = _encoded(event)
        try:
            self._socket.send_multipart(
                [event["level"].encode(), payload], zmq.NOBLOCK
            )
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        self._socket.close()
        self._context.term()


def _encoded(event: dict[str, Any]) -> bytes:
    payload = bytes(cbor2.dumps([2, event["level"], [event]]))
    if len(payload) <= _LARGEST:
        return payload
    kept = ("event", "level", "timestamp", "app", "process", "pid", "source",
            "seq")
    short = {key: event[key] for key in kept if key in event}
    short["dropped_bytes"] = len(payload)
    return bytes(cbor2.dumps([2, event["level"], [short]]))


class Lines(Output):
    """An event is a line of JSON, which a runtime takes for the event that it
    is. Not by `sys.stdout`, whose lock would hold up the program's end."""

    def __init__(self, descriptor: Optional[int] = None):
        if descriptor is None:
            try:
                descriptor = sys.stdout.fileno()
            except (AttributeError, OSError, ValueError):
                descriptor = 1
        self._descriptor = descriptor

    def write(self, event: dict[str, Any]) -> bool:
        line = json.dumps(_without_numbers_unknown(event), ensure_ascii=False)
        left = memoryview(line.encode() + b"\n")
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            return False
        return True


def _without_numbers_unknown(value: Any) -> Any:
    """JSON has no word for infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {k: _without_numbers_unknown(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_numbers_unknown(each) for each in value]
    return value
