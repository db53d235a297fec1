# SPDX-License-Identifier: BSD-3-Clause
"""What `logging` tells, as an event of the robot's log."""

from __future__ import annotations

import logging
import math
import os
import time
import traceback
from typing import Any

from robot_runtime import environment

__all__ = ["LEVELS", "event_of", "level_of", "origin", "timestamp"]

# From the least on.
LEVELS = ("debug", "info", "warning", "error", "critical")

# Of fields inside a message of three layers, of 32 at most.
_DEEPEST = 28
_LONGEST_TEXT = 65536
# What every record has, and what is the event's own to say.
_STANDARD = {
    *vars(logging.makeLogRecord({})),
    "message",
    "asctime",
}
_RESERVED = {
    "event",
    "level",
    "timestamp",
    "app",
    "process",
    "pid",
    "logger",
    "traceback",
    "source",
    "seq",
}


def level_of(number: int) -> str:
    """The level's name: 30 and a little more is a warning."""
    return LEVELS[max(0, min(number // 10 - 1, len(LEVELS) - 1))]


def timestamp(when: float) -> str:
    """UTC, with microseconds."""
    whole = math.floor(when)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return f"{text}.{int((when - whole) * 1e6):06d}Z"


def origin() -> dict[str, Any]:
    """Who says it: as the lines of this program's output say it, too."""
    name = environment.name()
    return {"app": name, "process": name, "pid": os.getpid()}


def event_of(record: logging.LogRecord, text: str) -> dict[str, Any]:
    """A copy: what the record refers to may change. Fields of its `extra` stand
    beside the event's own; of a name that is the event's, with `_` behind."""
    event: dict[str, Any] = {
        "event": sendable(text),
        "level": level_of(record.levelno),
        "timestamp": timestamp(record.created),
        **origin(),
    }
    if record.name != "root":
        event["logger"] = sendable(record.name)
    for key, value in vars(record).items():
        if key not in _STANDARD:
            field = sendable(str(key))
            event[field + "_" if field in _RESERVED else field] = sendable(
                value
            )
    if record.exc_info and record.exc_info[0] is not None:
        told = traceback.format_exception(*record.exc_info)
        event["traceback"] = sendable("".join(told).rstrip())
    elif record.exc_text:
        event["traceback"] = sendable(record.exc_text)
    return event


def sendable(value: Any, nesting_left: int = _DEEPEST) -> Any:
    """What a message can hold, and nothing that changes later: all else as
    text."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
        return int(value)
    if nesting_left > 0 and isinstance(value, dict):
        return {
            sendable(str(key)): sendable(each, nesting_left - 1)
            for key, each in value.items()
        }
    if nesting_left > 0 and isinstance(value, (list, tuple)):
        return [sendable(each, nesting_left - 1) for each in value]
    text = value if isinstance(value, str) else _shown(value)
    text = text.encode("utf-8", "replace").decode()
    if len(text) > _LONGEST_TEXT:
        return f"{text[:_LONGEST_TEXT]} ({len(text) - _LONGEST_TEXT} more)"
    return text


def _shown(value: Any) -> str:
    try:
        return str(value)
    except Exception as why:  # whatever its author has made of it
        return f"{type(value).__name__} ({type(why).__name__})"
