# SPDX-License-Identifier: BSD-3-Clause
"""What programs of a robot need of robot-runtime, in Python.

    call(method, *args, address=...)   calls a method of another program
    Service(name)                      answers calls of others
    log.install()                      has `logging` publish events
    notify.ready(), notify.Watchdog()  says that this program runs, and lives
    buffers.open(type, device)         the values of a device

docs/python.md tells of each with an example. Nothing of it is loaded before it
is used: `notify` needs Python alone, `buffers` the library
librobot-runtime-buffers, the rest pyzmq and cbor2.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robot_runtime import buffers, log, notify, serve
    from robot_runtime.calls import CallError, CallTimeout, Client, call
    from robot_runtime.environment import NoRuntime
    from robot_runtime.serve import Service

__all__ = [
    "CallError",
    "CallTimeout",
    "Client",
    "NoRuntime",
    "Service",
    "buffers",
    "call",
    "log",
    "notify",
    "serve",
]

_HOMES = {
    "CallError": "calls",
    "CallTimeout": "calls",
    "Client": "calls",
    "NoRuntime": "environment",
    "Service": "serve",
    "call": "calls",
}


def __getattr__(name: str) -> Any:
    """Loads what is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"{__name__}.{_HOMES.get(name, name)}")
    value = getattr(home, name) if name in _HOMES else home
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
