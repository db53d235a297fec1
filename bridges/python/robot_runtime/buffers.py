# SPDX-License-Identifier: BSD-3-Clause
"""The values of a robot's devices, in memory that all of its processes share.

    from robot_runtime import buffers

    with buffers.open("motor", "0xd00000000000000000a") as motor:
        motor.write("duty_cycle", 0.5)       # requests a value
        print(motor.get("speed"))            # reads a current one

A device is named by its UID, or by its number where its type has no UIDs; both
as an integer or as text. Errors are `BufferError`. Needs nothing but the shared
library `librobot-runtime-buffers`, by ctypes.
"""

import ctypes
import json
import math
import os
import struct
import sysconfig
import warnings
from pathlib import Path

__all__ = ["Buffer", "BufferError", "ClampedWarning", "open"]

_LIBRARY = "librobot-runtime-buffers.so.1"


class BufferError(Exception):
    """What went wrong. `code` is one of robot_runtime_buffers.h, a negative
    number; `parameter` is the name of the parameter that it is about, or
    None."""

    def __init__(self, text, code=-10, parameter=None):
        super().__init__(text)
        self.code = code
        self.parameter = parameter


class ClampedWarning(UserWarning):
    """A number was out of range, and its limit was written instead."""


class _Error(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_int),
        ("parameter", ctypes.c_char * 65),
        ("text", ctypes.c_char * 512),
    ]


class _Description(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("scalar", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("dimension_count", ctypes.c_uint32),
        ("dimensions", ctypes.c_uint32 * 8),
        ("size", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


class _Value(ctypes.Structure):
    _fields_ = [
        ("parameter", ctypes.c_char_p),
        ("value", ctypes.c_char_p),
        ("size", ctypes.c_uint64),
    ]


def _load():
    """The library beside the module: in `lib` of a folder above it, in the
    build tree and in the installed one; else wherever the system has it."""
    machine = sysconfig.get_config_var("MULTIARCH") or "."
    for folder in Path(__file__).resolve().parents:
        for place in ("", machine, "lib", f"lib/{machine}", "lib64"):
            path = folder / place / _LIBRARY
            if path.is_file():
                return ctypes.CDLL(str(path))
    return ctypes.CDLL(_LIBRARY)


def _declare(library):
    text, size = ctypes.c_char_p, ctypes.c_size_t
    buffer, error = ctypes.c_void_p, ctypes.POINTER(_Error)
    out = ctypes.POINTER(ctypes.c_void_p)
    memory = ctypes.c_char_p
    for name, result, *arguments in (
        ("open", ctypes.c_int, text, text, text, out, error),
        ("create", ctypes.c_int, text, text, text, text, out, error),
        ("close", None, buffer),
        ("name", text, buffer),
        ("valid", ctypes.c_int, buffer),
        ("connected", ctypes.c_int, buffer),
        ("count", size, buffer),
        ("describe", ctypes.c_int, buffer, size,
         ctypes.POINTER(_Description), error),
        ("get", ctypes.c_int, buffer, text, memory, size, error),
        ("requested", ctypes.c_int, buffer, text, memory, size, error),
        ("set", ctypes.c_int, buffer, text, memory, size, error),
        ("write", ctypes.c_int, buffer, text, memory, size, error),
        ("set_json", ctypes.c_int, buffer, text, text, error),
        ("write_json", ctypes.c_int, buffer, text, text, error),
        ("set_many", ctypes.c_int, buffer, ctypes.POINTER(_Value), size, error),
        ("write_many", ctypes.c_int, buffer, ctypes.POINTER(_Value), size,
         error),
        ("snapshot_size", size, buffer),
        ("snapshot", ctypes.c_int, buffer, memory, size, error),
        ("last_update", ctypes.c_int64, buffer),
        ("last_write", ctypes.c_int64, buffer),
    ):
        function = getattr(library, f"rr_buffer_{name}")
        function.restype = result
        function.argtypes = arguments
    return library


_library = _declare(_load())

# Of `enum rr_buffer_scalar`: for struct, and the types that it may be given.
_SCALARS = (
    ("?", (bool,)), ("b", (int,)), ("h", (int,)), ("i", (int,)), ("q", (int,)),
    ("B", (int,)), ("H", (int,)), ("I", (int,)), ("Q", (int,)),
    ("f", (int, float)), ("d", (int, float)), ("c", ()),
)
_CHAR = 11
_READABLE = 1
_OK = 0
_CLAMPED = 1
_WRONG_VALUE = -4
_INVALID = -5


def _fail(error):
    raise BufferError(
        error.text.decode("utf-8", "replace"),
        error.code,
        error.parameter.decode("utf-8", "replace") or None,
    )


class _Parameter:
    """Values of one parameter, to bytes and back."""

    __slots__ = ("name", "key", "readable", "dimensions", "size", "offset",
                 "code", "types", "packer", "array", "is_char")

    def __init__(self, description):
        self.key = description.name
        self.name = self.key.decode()
        self.readable = bool(description.flags & _READABLE)
        self.dimensions = tuple(
            description.dimensions[: description.dimension_count])
        self.size = description.size
        self.offset = description.offset
        self.code, self.types = _SCALARS[description.scalar]
        self.is_char = description.scalar == _CHAR
        self.packer = struct.Struct(f"={math.prod(self.dimensions)}{self.code}")
        self.array = bool(self.dimensions)

    def pack(self, value):
        """The bytes, or None for what only the library can judge."""
        if self.size == self.packer.size and isinstance(
                value, (bytes, bytearray, memoryview)):
            value = bytes(value)
            one_byte = self.packer.size == math.prod(self.dimensions)
            if self.array and one_byte and len(value) == self.size:
                return value
            return None
        if self.is_char:
            return None
        try:
            if not self.array:
                if type(value) in self.types:
                    return self.packer.pack(value)
                return None
            flat = []
            self._flatten(value, 0, flat)
            return self.packer.pack(*flat)
        except (struct.error, OverflowError, TypeError, ValueError):
            return None

    def _flatten(self, value, depth, out):
        if not isinstance(value, (list, tuple)) \
                or len(value) != self.dimensions[depth]:
            raise ValueError
        if depth + 1 < len(self.dimensions):
            for each in value:
                self._flatten(each, depth + 1, out)
            return
        for each in value:
            if type(each) not in self.types:
                raise ValueError
        out += value

    def unpack(self, data, offset=0):
        if self.is_char:
            return self._text(data[offset: offset + self.size], 0)
        values = self.packer.unpack_from(data, offset)
        return self._nest(values, 0) if self.array else values[0]

    def _nest(self, values, depth):
        if depth + 1 == len(self.dimensions):
            return list(values)
        step = len(values) // self.dimensions[depth]
        return [self._nest(values[i: i + step], depth + 1)
                for i in range(0, len(values), step)]

    def _text(self, data, depth):
        """An array of char is a text up to its first zero, or bytes where it
        is no UTF-8."""
        if depth + 1 < len(self.dimensions):
            step = len(data) // self.dimensions[depth]
            return [self._text(data[i: i + step], depth + 1)
                    for i in range(0, len(data), step)]
        try:
            return data.split(b"\0", 1)[0].decode()
        except UnicodeDecodeError:
            return bytes(data)


class Buffer:
    """The buffer of one device. Closes itself at the end of a `with` block.
    Several threads may use it, but none while it is being closed."""

    def __init__(self, handle):
        self._handle = handle
        self.name = _library.rr_buffer_name(handle).decode()
        self._parameters = {}
        for index in range(_library.rr_buffer_count(handle)):
            description = _Description()
            _library.rr_buffer_describe(handle, index, description, None)
            parameter = _Parameter(description)
            self._parameters[parameter.name] = parameter

    @property
    def valid(self):
        """Whether its values mean anything: the device is there, and the
        runtime has not ended."""
        return self._handle is not None \
            and _library.rr_buffer_valid(self._handle) == 1

    @property
    def connected(self):
        """Of a gamepad: whether somebody holds it."""
        return _library.rr_buffer_connected(self._open()) == 1

    @property
    def last_update(self):
        """When a value was last set, as `time.monotonic`: 0 for never."""
        return _library.rr_buffer_last_update(self._open()) / 1e9

    @property
    def last_write(self):
        """When a value was last requested, as `time.monotonic`: 0 for never."""
        return _library.rr_buffer_last_write(self._open()) / 1e9

    @property
    def parameters(self):
        """The names of all parameters, by their ids."""
        return list(self._parameters)

    def get(self, param):
        """A current value: all zeros until the device has set it."""
        return self._read(_library.rr_buffer_get, param)

    def requested(self, param):
        """A requested value, for the device. While the robot is disabled, and
        while nobody has requested any, the safe value; an error without."""
        return self._read(_library.rr_buffer_requested, param)

    def set(self, param, value):
        """Sets a current value, for the device. Warns when a number was out
        of range and its limit was set instead."""
        self._store(_library.rr_buffer_set, _library.rr_buffer_set_json, param,
                    value)

    def write(self, param, value):
        """Requests a value. Warns as `set`."""
        self._store(_library.rr_buffer_write, _library.rr_buffer_write_json,
                    param, value)

    def set_many(self, values):
        """Sets many values, a dict, at one instant. Arrays of char as bytes of
        their full length."""
        self._store_many(_library.rr_buffer_set_many, values)

    def write_many(self, values):
        """Requests many values, a dict, at one instant."""
        self._store_many(_library.rr_buffer_write_many, values)

    def snapshot(self):
        """All readable values as they were at one instant, as a dict."""
        handle = self._open()
        size = _library.rr_buffer_snapshot_size(handle)
        data = ctypes.create_string_buffer(size)
        error = _Error()
        if _library.rr_buffer_snapshot(handle, data, size, error) < 0:
            _fail(error)
        data = data.raw
        return {name: each.unpack(data, each.offset)
                for name, each in self._parameters.items() if each.readable}

    def close(self):
        """Others keep the buffer. May be called twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _library.rr_buffer_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None) is not None:
            self.close()

    def __repr__(self):
        return f"<Buffer {self.name}{'' if self.valid else ' (invalid)'}>"

    def _open(self, param=None):
        if self._handle is None:
            raise BufferError(f"{self.name} is closed", _INVALID, param)
        return self._handle

    def _find(self, param):
        found = self._parameters.get(param)
        if found is None:
            raise BufferError(
                f"{param}: no such parameter of {self.name}", -2, param)
        return found

    def _read(self, function, param):
        parameter = self._find(param)
        data = ctypes.create_string_buffer(parameter.size)
        error = _Error()
        if function(self._open(param), parameter.key, data, parameter.size,
                    error) < 0:
            _fail(error)
        return parameter.unpack(data.raw)

    def _store(self, function, with_json, param, value):
        parameter = self._find(param)
        error = _Error()
        data = parameter.pack(value)
        if data is not None:
            code = function(self._open(param), parameter.key, data,
                            parameter.size, error)
        else:
            code = with_json(self._open(param), parameter.key,
                             self._as_json(parameter, value), error)
        if code < 0:
            _fail(error)
        if code == _CLAMPED:
            self._warn(param, value)

    def _store_many(self, function, values):
        packed = []
        for param, value in values.items():
            parameter = self._find(param)
            data = parameter.pack(value)
            if data is None:
                raise BufferError(f"{param}: a wrong value: {value!r:.60}",
                                  _WRONG_VALUE, param)
            packed.append(_Value(parameter.key, data, parameter.size))
        error = _Error()
        code = function(self._open(), (_Value * len(packed))(*packed),
                        len(packed), error)
        if code < 0:
            _fail(error)
        if code == _CLAMPED:
            self._warn(", ".join(values), "a value")

    def _as_json(self, parameter, value):
        """For the library to judge. What JSON cannot say is brought to what it
        can: numbers beyond 64 bits and infinities are out of range anyway."""
        def plain(x):
            if isinstance(x, bool) or x is None or isinstance(x, str):
                return x
            if isinstance(x, int):
                return max(-(1 << 63), min(x, (1 << 64) - 1))
            if isinstance(x, float):
                if math.isnan(x):
                    raise ValueError("not a number")
                return max(-1.7976931348623157e308,
                           min(x, 1.7976931348623157e308))
            if isinstance(x, (list, tuple)):
                return [plain(each) for each in x]
            if hasattr(x, "tolist"):
                return plain(x.tolist())
            raise ValueError(f"got {type(x).__name__}")

        try:
            return json.dumps(plain(value)).encode()
        except ValueError as why:
            raise BufferError(f"{parameter.name}: {why}", _WRONG_VALUE,
                              parameter.name) from None

    def _warn(self, param, value):
        warnings.warn(f"{self.name}: {param}: {value!r:.60} is out of range",
                      ClampedWarning, stacklevel=4)


def open(type, number_or_uid, create=False):  # noqa: A001
    """Opens the buffer of a device: the shared object
    `<prefix>-<type>-<number or UID>`, the prefix being RR_DEVICE_PREFIX of the
    environment, or else `rr`.

    With `create`, makes it where there is none, of the type that the catalog
    in RR_DEVICE_CATALOG of the environment has."""
    prefix = os.environ.get("RR_DEVICE_PREFIX", "rr").encode()
    handle = ctypes.c_void_p()
    error = _Error()
    device = str(number_or_uid).encode()
    if create:
        catalog = os.environ.get("RR_DEVICE_CATALOG", "").encode()
        code = _library.rr_buffer_create(type.encode(), device, prefix, catalog,
                                         handle, error)
    else:
        code = _library.rr_buffer_open(type.encode(), device, prefix, handle,
                                       error)
    if code < 0:
        _fail(error)
    return Buffer(handle.value)
