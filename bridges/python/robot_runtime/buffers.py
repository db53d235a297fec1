# SPDX-License-Identifier: BSD-3-Clause
"""The values of a robot's devices, in memory that all of its processes share.

    from robot_runtime import buffers

    with buffers.open("motor", "0xd00000000000000000a") as motor:
        motor.write("duty_cycle", 0.5)       # requests a value
        print(motor.get("speed"))            # reads a current one

A device is named by its UID, or by its number where its type has no UIDs, both
as an integer or as text; or by a name of the configuration's `device.names`,
which children of the runtime find in RR_DEVICE_NAMES. Errors are `BufferError`. Needs
nothing but the shared library `librobot-runtime-buffers`, by ctypes.
"""

from __future__ import annotations

import ctypes
import math
import os
import time
import warnings
from typing import Any, Callable, Optional, Union

from robot_runtime import _library
from robot_runtime._library import (
    CLAMPED,
    Description,
    Error,
    INVALID,
    OK,
    Request,
    Value,
    WRONG_VALUE,
    library,
)
from robot_runtime._parameter import Parameter, ValuesReader

__all__ = ["Buffer", "BufferError", "ClampedWarning", "open"]


class BufferError(Exception):
    """What went wrong. `code` is one of robot_runtime_buffers.h, a negative
    number; `parameter` is the name of the parameter that it is about, or
    None."""

    def __init__(
        self, text: str, code: int = -10, parameter: Optional[str] = None
    ):
        super().__init__(text)
        self.code = code
        self.parameter = parameter


class ClampedWarning(UserWarning):
    """A number was out of range, and its limit was written instead."""


_Function = Callable[..., int]

# Seconds.
_LONGEST_WAIT = 1.0


def _call(function: Callable[..., int], *arguments: Any) -> int:
    """Calls a function of the library, and raises the error that it tells."""
    error = Error()
    code = function(*arguments, error)
    if code < 0:
        raise BufferError(
            error.text.decode("utf-8", "replace"),
            error.code,
            error.parameter.decode("utf-8", "replace") or None,
        )
    return code


class Buffer:
    """The buffer of one device. Closes itself at the end of a `with` block.
    Several threads may use it, but none while it is being closed."""

    def __init__(self, handle: int):
        self._handle: Optional[int] = handle
        self.name: str = library.rr_buffer_name(handle).decode()
        self._parameters: dict[str, Parameter] = {}
        for index in range(library.rr_buffer_count(handle)):
            description = Description()
            library.rr_buffer_describe(handle, index, description, None)
            parameter = Parameter(description)
            self._parameters[parameter.name] = parameter
        self._names = list(self._parameters)
        self._values = ValuesReader(
            library.rr_buffer_values_size(handle),
            [(library.rr_buffer_values_offset(handle, index), each)
             for index, each in enumerate(self._parameters.values())])

    @property
    def valid(self) -> bool:
        """Whether its values mean anything: the device is there, and the
        runtime has not ended."""
        return self._handle is not None \
            and library.rr_buffer_valid(self._handle) == 1

    def set_valid(self, on: bool) -> None:
        """Says whether its values mean anything. All else refuses a buffer
        that is not valid."""
        library.rr_buffer_set_valid(self._open(), bool(on))

    @property
    def connected(self) -> bool:
        """Whether a process drives the device: has connected it, and has not
        ended since, however. Of a gamepad it is the runtime, while somebody
        holds it."""
        return bool(library.rr_buffer_connected(self._open()) == 1)

    def set_connected(self, on: bool) -> None:
        """Says that this process drives the device, until it ends, or says
        that it does not. A driver that starts again after its end takes its
        device over; the runtime removes one whose driver has ended a second
        ago. An error while another process drives it."""
        _call(library.rr_buffer_set_connected, self._open(), bool(on))

    def remove(self) -> None:
        """Says that the device is gone: marks the buffer invalid, and removes
        it. A device that comes back gets another buffer. An error while
        another process drives it."""
        _call(library.rr_buffer_remove, self._open())

    @property
    def last_update(self) -> float:
        """When a value was last set, as `time.monotonic`: 0 for never."""
        return float(library.rr_buffer_last_update(self._open())) / 1e9

    @property
    def last_write(self) -> float:
        """When a value was last requested, as `time.monotonic`: 0 for never."""
        return float(library.rr_buffer_last_write(self._open())) / 1e9

    @property
    def parameters(self) -> list[str]:
        """The names of all parameters, by their ids."""
        return list(self._names)

    def get(self, param: str) -> Any:
        """A current value: all zeros until the device has set it."""
        return self._read(_library.get, library.rr_buffer_get, param)

    def requested(self, param: str) -> Any:
        """A requested value, for the device. While the robot is disabled, and
        while nobody has requested any, the safe value, also when the runtime
        is gone; an error without. So it is when the process that requested a
        value has ended, or has not renewed it for as long as the parameter
        `expires`."""
        return self._read(_library.requested, library.rr_buffer_requested,
                          param)

    def set(self, param: str, value: Any) -> None:
        """Sets a current value, for the device. Warns when a number was out
        of range and its limit was set instead."""
        self._store(_library.set_, library.rr_buffer_set,
                    library.rr_buffer_set_json, param, value)

    def write(self, param: str, value: Any) -> None:
        """Requests a value, until another is requested, the robot is disabled,
        or this process ends; closing the buffer does not end it. Warns as
        `set`."""
        self._store(_library.write, library.rr_buffer_write,
                    library.rr_buffer_write_json, param, value)

    def set_many(self, values: dict[str, Any]) -> None:
        """Sets many values, a dict, at one instant. Arrays of char as bytes of
        their full length."""
        self._store_many(library.rr_buffer_set_many, values)

    def write_many(self, values: dict[str, Any]) -> None:
        """Requests many values, a dict, at one instant."""
        self._store_many(library.rr_buffer_write_many, values)

    def snapshot(self) -> dict[str, Any]:
        """All readable values as they were at one instant, as a dict."""
        handle = self._open()
        size = library.rr_buffer_snapshot_size(handle)
        memory = ctypes.create_string_buffer(size)
        _call(library.rr_buffer_snapshot, handle, memory, size)
        data = memory.raw
        return {name: each.unpack(data, each.offset)
                for name, each in self._parameters.items() if each.readable}

    def values(self) -> dict[str, Any]:
        """The same but for arrays of more than 256 bytes, and the fastest way
        to read: one call, and no look at what else the device has."""
        try:
            spare = self._values.spare.pop()
        except IndexError:
            spare = self._values.make_cell(self._open())
        data, arguments = spare
        if _library.read_values(*arguments) < 0:
            _call(library.rr_buffer_read_values, self._open(), data,
                  self._values.size)
        result = self._values.unpack(data)
        self._values.spare.append(spare)
        return result

    def pending_writes(self) -> dict[str, int]:
        """The parameters that have a request which has not reached the device,
        each with the stamp that tells it from others, as a dict. It is
        `requested` that tells which of them have ended."""
        return {self._names[each.index]: each.stamp
                for each in self._tell(library.rr_buffer_pending_writes,
                                       Request)}

    def acknowledge(self, param: str, stamp: int) -> None:
        """Says that a request has reached the device. What has been requested
        since is pending still."""
        request = Request(self._names.index(self._find(param).name), stamp)
        _call(library.rr_buffer_acknowledge, self._open(param), request)

    def wait_for_request(
        self, seen: int = 0, timeout: Optional[float] = None
    ) -> int:
        """Waits until a value has been requested since the caller looked,
        without polling: other threads run meanwhile, and signals are handled.
        Returns a number to be given as `seen` to the next call; after
        `timeout` seconds the same one.

        It hears of requests alone: that the robot is disabled, or that a
        request has ended with its process or by its age, nobody tells it. So
        the timeout should be no longer than the device may do meanwhile what
        it was told before; after each wait `requested` tells what to do. An
        error as soon as the buffer is invalid."""
        handle = self._open()
        version = ctypes.c_uint64(seen)
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            # A signal may come when Python has looked for one, and the wait
            # has not begun: so not for ever.
            left = min(max(end - time.monotonic(), 0.0), _LONGEST_WAIT)
            code = _call(library.rr_buffer_wait_for_request, handle, version,
                         int(left * 1e9))
            if code == OK or time.monotonic() >= end:
                return version.value

    def request_read(self, param: str) -> None:
        """Asks the device to report a parameter."""
        _call(library.rr_buffer_request_read, self._open(param),
              self._find(param).key)

    def take_pending_reads(self) -> list[str]:
        """The names of the parameters that the device was asked to report;
        they are no longer asked for then."""
        return [self._names[index]
                for index in self._tell(library.rr_buffer_take_pending_reads,
                                        ctypes.c_uint64)]

    def subscribe(self, param: str, on: bool = True) -> None:
        """Says whether the device is to report a parameter without being
        asked: at first as the catalog says."""
        _call(library.rr_buffer_subscribe, self._open(param),
              self._find(param).key, bool(on))

    def subscribed(self, param: str) -> bool:
        """Whether it is to."""
        return _call(library.rr_buffer_subscribed, self._open(param),
                     self._find(param).key) == 1

    def close(self) -> None:
        """Others keep the buffer. May be called twice."""
        handle, self._handle = self._handle, None
        self._values.spare.clear()
        for each in self._parameters.values():
            each.spare.clear()
        if handle is not None:
            library.rr_buffer_close(handle)

    def __enter__(self) -> Buffer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    def __repr__(self) -> str:
        return f"<Buffer {self.name}{'' if self.valid else ' (invalid)'}>"

    def _open(self, param: Optional[str] = None) -> int:
        if self._handle is None:
            raise BufferError(f"{self.name} is closed", INVALID, param)
        return self._handle

    def _find(self, param: str) -> Parameter:
        found = self._parameters.get(param)
        if found is None:
            raise BufferError(
                f"{param}: no such parameter of {self.name}", -2, param)
        return found

    def _read(self, bare: _Function, function: _Function, param: str) -> Any:
        parameter = self._parameters.get(param) or self._find(param)
        try:
            spare = parameter.spare.pop()
        except IndexError:
            spare = parameter.make_cell(self._open(param))
        cell, arguments = spare
        if bare(*arguments) < 0:
            return self._read_again(function, param, parameter)
        value = cell.value if parameter.cell_type else parameter.unpack(cell)
        parameter.spare.append(spare)
        return value

    def _read_again(
        self, function: _Function, param: str, parameter: Parameter
    ) -> Any:
        """To be told what is wrong; what is right by now is no error."""
        data = ctypes.create_string_buffer(parameter.size)
        _call(function, self._open(param), parameter.key, data, parameter.size)
        return parameter.unpack(data)

    def _store(self, bare: _Function, function: _Function,
               with_json: _Function, param: str, value: Any) -> None:
        parameter = self._parameters.get(param) or self._find(param)
        if parameter.cell_type and type(value) in parameter.types \
                and parameter.low <= value <= parameter.high:
            try:
                spare = parameter.spare.pop()
            except IndexError:
                spare = parameter.make_cell(self._open(param))
            spare[0].value = value
            code = bare(*spare[1])
            parameter.spare.append(spare)
            if code >= 0:
                if code == CLAMPED:
                    self._warn(param, value)
                return
            # Once more, to be told what is wrong.
        data = parameter.pack(value)
        beyond = False
        if data is not None:
            code = _call(function, self._open(param), parameter.key, data,
                         parameter.size)
        else:
            try:
                text, beyond = parameter.as_json(value)
            except ValueError as why:
                raise BufferError(f"{parameter.name}: {why}", WRONG_VALUE,
                                  parameter.name) from None
            code = _call(with_json, self._open(param), parameter.key, text)
        if code == CLAMPED or beyond:
            self._warn(param, value)

    def _store_many(
        self, function: _Function, values: dict[str, Any]
    ) -> None:
        packed = []
        any_beyond = False
        for param, value in values.items():
            parameter = self._find(param)
            data, beyond = parameter.pack_within_limits(value)
            if data is None:
                raise BufferError(f"{param}: a wrong value: {value!r:.60}",
                                  WRONG_VALUE, param)
            packed.append(Value(parameter.key, data, parameter.size))
            any_beyond = any_beyond or beyond
        code = _call(function, self._open(), (Value * len(packed))(*packed),
                     len(packed))
        if code == CLAMPED or any_beyond:
            self._warn(", ".join(values), "a value")

    def _tell(self, function: _Function, kind: Any) -> list[Any]:
        """What there is at most one of for each parameter."""
        out = (kind * len(self._names))()
        count = ctypes.c_size_t()
        _call(function, self._open(), out, len(out), count)
        return list(out[:count.value])

    def _warn(self, param: str, value: Any) -> None:
        warnings.warn(f"{self.name}: {param}: {value!r:.60} is out of range",
                      ClampedWarning, stacklevel=4)


def open(  # noqa: A001
    type: str, number_or_uid: Union[int, str], create: bool = False
) -> Buffer:
    """Opens the buffer of a device, which a name may stand for as well: the
    shared object `<prefix>-<type>-<number or UID>`, the prefix being
    RR_DEVICE_PREFIX of the environment, or else `rr`.

    With `create`, makes it where there is none, of the type that the catalog
    in RR_DEVICE_CATALOG of the environment has."""
    prefix = os.environ.get("RR_DEVICE_PREFIX", "rr").encode()
    handle = ctypes.c_void_p()
    names = [type.encode(), str(number_or_uid).encode(), prefix]
    if create:
        names.append(os.environ.get("RR_DEVICE_CATALOG", "").encode())
    _call(library.rr_buffer_create if create else library.rr_buffer_open,
          *names, handle)
    return Buffer(handle.value or 0)
