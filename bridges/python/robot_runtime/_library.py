# SPDX-License-Identifier: BSD-3-Clause
"""The functions of librobot-runtime-buffers, as robot_runtime_buffers.h has
them."""

from __future__ import annotations

import ctypes
import sysconfig
from pathlib import Path
from typing import Any, Callable

_LIBRARY = "librobot-runtime-buffers.so.1"

# The functions return these.
OK = 0
CLAMPED = 1
WRONG_VALUE = -4
INVALID = -5


class Error(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_int),
        ("parameter", ctypes.c_char * 65),
        ("text", ctypes.c_char * 512),
    ]


class Description(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("scalar", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("dimension_count", ctypes.c_uint32),
        ("dimensions", ctypes.c_uint32 * 8),
        ("size", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


class Request(ctypes.Structure):
    _fields_ = [("index", ctypes.c_uint64), ("stamp", ctypes.c_uint64)]


class Value(ctypes.Structure):
    _fields_ = [
        ("parameter", ctypes.c_char_p),
        ("value", ctypes.c_char_p),
        ("size", ctypes.c_uint64),
    ]


def _load() -> ctypes.CDLL:
    """The library beside the module: in `lib` of a folder above it, in the
    build tree and in the installed one; else wherever the system has it."""
    machine = sysconfig.get_config_var("MULTIARCH") or "."
    for folder in Path(__file__).resolve().parents:
        for place in ("", machine, "lib", f"lib/{machine}", "lib64"):
            path = folder / place / _LIBRARY
            if path.is_file():
                return ctypes.CDLL(str(path))
    return ctypes.CDLL(_LIBRARY)


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    text, size = ctypes.c_char_p, ctypes.c_size_t
    buffer, error = ctypes.c_void_p, ctypes.POINTER(Error)
    out = ctypes.POINTER(ctypes.c_void_p)
    memory = ctypes.c_char_p
    for name, result, *arguments in (
        ("open", ctypes.c_int, text, text, text, out, error),
        ("create", ctypes.c_int, text, text, text, text, out, error),
        ("close", None, buffer),
        ("name", text, buffer),
        ("valid", ctypes.c_int, buffer),
        ("set_valid", None, buffer, ctypes.c_int),
        ("connected", ctypes.c_int, buffer),
        ("set_connected", ctypes.c_int, buffer, ctypes.c_int, error),
        ("remove", ctypes.c_int, buffer, error),
        ("count", size, buffer),
        ("describe", ctypes.c_int, buffer, size,
         ctypes.POINTER(Description), error),
        ("get", ctypes.c_int, buffer, text, memory, size, error),
        ("requested", ctypes.c_int, buffer, text, memory, size, error),
        ("set", ctypes.c_int, buffer, text, memory, size, error),
        ("write", ctypes.c_int, buffer, text, memory, size, error),
        ("set_json", ctypes.c_int, buffer, text, text, error),
        ("write_json", ctypes.c_int, buffer, text, text, error),
        ("set_many", ctypes.c_int, buffer, ctypes.POINTER(Value), size, error),
        ("write_many", ctypes.c_int, buffer, ctypes.POINTER(Value), size,
         error),
        ("snapshot_size", size, buffer),
        ("snapshot", ctypes.c_int, buffer, memory, size, error),
        ("values_size", size, buffer),
        ("values_offset", ctypes.c_int64, buffer, size),
        ("read_values", ctypes.c_int, buffer, memory, size, error),
        ("pending_writes", ctypes.c_int, buffer, ctypes.POINTER(Request), size,
         ctypes.POINTER(size), error),
        ("acknowledge", ctypes.c_int, buffer, ctypes.POINTER(Request), error),
        ("wait_for_request", ctypes.c_int, buffer,
         ctypes.POINTER(ctypes.c_uint64), ctypes.c_int64, error),
        ("request_read", ctypes.c_int, buffer, text, error),
        ("take_pending_reads", ctypes.c_int, buffer,
         ctypes.POINTER(ctypes.c_uint64), size, ctypes.POINTER(size), error),
        ("subscribe", ctypes.c_int, buffer, text, ctypes.c_int, error),
        ("subscribed", ctypes.c_int, buffer, text, error),
        ("last_update", ctypes.c_int64, buffer),
        ("last_write", ctypes.c_int64, buffer),
    ):
        function = getattr(library, f"rr_buffer_{name}")
        function.restype = result
        function.argtypes = arguments
    return library


library = _declare(_load())


def _bare(kind: Any, name: str) -> Callable[..., int]:
    """A function as ctypes calls it fastest: what it is given is made once for
    many calls, and nothing is converted."""
    function: Callable[..., int] = kind(library._name)[f"rr_buffer_{name}"]
    return function


# Nobody waits in these: they keep the interpreter to themselves.
get = _bare(ctypes.PyDLL, "get")
requested = _bare(ctypes.PyDLL, "requested")
read_values = _bare(ctypes.PyDLL, "read_values")
# These may wait for another writer.
set_ = _bare(ctypes.CDLL, "set")
write = _bare(ctypes.CDLL, "write")
