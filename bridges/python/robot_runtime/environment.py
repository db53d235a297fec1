# SPDX-License-Identifier: BSD-3-Clause
"""What the runtime tells its children by their environment: `RR_` and the name
of an option in capitals."""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Sequence, Union

if TYPE_CHECKING:
    import zmq

__all__ = [
    "Addresses",
    "NoRuntime",
    "connect",
    "connection",
    "name",
    "number",
    "seconds",
    "unique",
]

Addresses = Union[str, Sequence[str], None]

_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
}


class NoRuntime(RuntimeError):
    """This program does not run under a runtime, and was not told where one
    is."""


def name() -> str:
    """This program's name under the runtime, `RR_APPLICATION_NAME`; without
    one, that of its file."""
    given = os.environ.get("RR_APPLICATION_NAME")
    return given or Path(sys.argv[0]).stem[:64] or "python"


def unique(role: str) -> str:
    """A name that no other has: of this program, its process, and chance."""
    return f"{name()}{role}-{os.getpid()}-{secrets.token_hex(4)}"


def connection(variable: str, given: Addresses = None) -> str:
    """The address to connect to, of those that are given, or that the variable
    lists: an `ipc` one before any other, with the own host in the place of
    `*`."""
    if given is None:
        given = os.environ.get(variable, "")
    listed = given.split() if isinstance(given, str) else list(given)
    if not listed:
        raise NoRuntime(
            f"{variable} is not set: start this program by robot-runtime, or "
            "give it the address"
        )
    address = next((x for x in listed if x.startswith("ipc://")), listed[0])
    return re.sub(r"^([a-z]+://)\*(?=:)", r"\g<1>127.0.0.1", address)


def connect(socket: zmq.Socket[bytes], address: str) -> None:
    """Connects a socket, or closes it.
    @throws ValueError for what is no address"""
    # Here, for who only asks for a name.
    from zmq import ZMQError

    try:
        socket.connect(address)
    except ZMQError as why:
        socket.close(0)
        raise ValueError(f"cannot connect to {address}: {why}") from None


def number(variable: str, default: int, low: int = 1) -> int:
    """A whole number."""
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]+", text) or int(text) < low:
        raise ValueError(
            f"environment: {variable}: expected a whole number of at least "
            f"{low}, got {text!r}"
        )
    return int(text)


def seconds(variable: str, default: float) -> float:
    """A duration such as `30s` or `250ms`."""
    text = os.environ.get(variable, "")
    if not text:
        return default
    parts = re.fullmatch(r"([0-9]+)(ns|us|ms|s|min|h)", text)
    if not parts or int(parts[1]) == 0:
        raise ValueError(
            f"environment: {variable}: expected a duration such as 250ms, "
            f"got {text!r}"
        )
    return int(parts[1]) * _SECONDS[parts[2]]
