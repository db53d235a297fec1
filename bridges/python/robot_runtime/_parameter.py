# SPDX-License-Identifier: BSD-3-Clause
"""Values of a parameter, between Python and the bytes in a buffer."""

from __future__ import annotations

import ctypes
import json
import math
import struct
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from robot_runtime._library import Description

_FLOAT_MAX = 3.4028234663852886e38
_DOUBLE_MAX = 1.7976931348623157e308
# By number of `enum rr_buffer_scalar`: how struct and ctypes name it, the types
# that it may be given, and between which numbers ctypes stores what it is given.
_SCALARS: Any = (
    ("?", ctypes.c_bool, (bool,), False, True),
    ("b", ctypes.c_int8, (int,), -(1 << 7), (1 << 7) - 1),
    ("h", ctypes.c_int16, (int,), -(1 << 15), (1 << 15) - 1),
    ("i", ctypes.c_int32, (int,), -(1 << 31), (1 << 31) - 1),
    ("q", ctypes.c_int64, (int,), -(1 << 63), (1 << 63) - 1),
    ("B", ctypes.c_uint8, (int,), 0, (1 << 8) - 1),
    ("H", ctypes.c_uint16, (int,), 0, (1 << 16) - 1),
    ("I", ctypes.c_uint32, (int,), 0, (1 << 32) - 1),
    ("Q", ctypes.c_uint64, (int,), 0, (1 << 64) - 1),
    ("f", ctypes.c_float, (float, int), -_FLOAT_MAX, _FLOAT_MAX),
    ("d", ctypes.c_double, (float, int), -_DOUBLE_MAX, _DOUBLE_MAX),
    ("c", None, (), 0, 0),
)
_CHAR = 11
_READABLE = 1


class Parameter:
    """Values of one parameter, to bytes and back."""

    __slots__ = ("name", "key", "readable", "dimensions", "size", "offset",
                 "code", "types", "packer", "array", "is_char", "cell_type",
                 "low", "high", "spare")

    def __init__(self, description: Description):
        self.key: bytes = description.name
        self.name = self.key.decode()
        self.readable = bool(description.flags & _READABLE)
        self.dimensions = tuple(
            description.dimensions[: description.dimension_count])
        self.size = description.size
        self.offset = description.offset
        self.code, self.cell_type, self.types, self.low, self.high \
            = _SCALARS[description.scalar]
        self.is_char = description.scalar == _CHAR
        self.packer = struct.Struct(f"={math.prod(self.dimensions)}{self.code}")
        self.array = bool(self.dimensions)
        if self.array or self.is_char:
            self.cell_type = None
        # Cells for one value each, with the arguments of a call that uses it:
        # to make them would take longer than the call. One that is in use is
        # not here, for each step on a list is one among threads.
        self.spare: list[Any] = []

    def make_cell(self, handle: int) -> tuple[Any, tuple[Any, ...]]:
        cell = self.cell_type() if self.cell_type \
            else ctypes.create_string_buffer(self.size)
        return cell, (ctypes.c_void_p(handle), ctypes.c_char_p(self.key),
                      ctypes.byref(cell), ctypes.c_size_t(self.size), None)

    def pack(self, value: Any) -> Optional[bytes]:
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
            flat: list[Any] = []
            self._flatten(value, 0, flat)
            return self.packer.pack(*flat)
        except (struct.error, OverflowError, TypeError, ValueError):
            return None

    def as_json(self, value: Any) -> tuple[bytes, bool]:
        """For the library to judge, and whether a limit stands in the place of
        a number: what JSON cannot say, numbers beyond 64 bits and infinities,
        is brought to what it can. ValueError for what is no value at all."""
        plain, beyond = self._plain(value, (-(1 << 63), (1 << 64) - 1),
                                    (-_DOUBLE_MAX, _DOUBLE_MAX))
        return json.dumps(plain).encode(), beyond

    def pack_within_limits(self, value: Any) -> tuple[Optional[bytes], bool]:
        """The bytes, also of numbers that have to be brought to the limits of
        the type, and whether there were any; no bytes for a wrong value."""
        data = self.pack(value)
        if data is not None:
            return data, False
        if self.code in "?c":
            return None, False
        limits = self.low, self.high
        try:
            plain, beyond = self._plain(value, limits, limits)
        except ValueError:
            return None, False
        return self.pack(plain), beyond

    def _plain(self, value: Any, integers: Any, floats: Any) -> Any:
        """The value in Python's own types, its numbers between the given ones,
        and whether a limit stands in the place of any. ValueError for what is
        no value at all."""
        beyond = False

        def within(x: Any, low: Any, high: Any) -> Any:
            nonlocal beyond
            result = max(low, min(x, high))
            beyond = beyond or result != x
            return result

        def plain(x: Any) -> Any:
            if isinstance(x, bool) or x is None or isinstance(x, str):
                return x
            if isinstance(x, int) and self.code in "fd":
                return float(within(x, *floats))
            if isinstance(x, int):
                return int(within(x, *integers))
            if isinstance(x, float):
                if math.isnan(x):
                    raise ValueError("not a number")
                if self.code in "bhiqBHIQ" \
                        and not integers[0] < x < integers[1]:
                    raise ValueError(f"expected an integer, got {x!r}")
                return float(within(x, *floats))
            if isinstance(x, (list, tuple)):
                return [plain(each) for each in x]
            if hasattr(x, "tolist"):
                return plain(x.tolist())
            raise ValueError(f"got {type(x).__name__}")

        return plain(value), beyond

    def _flatten(self, value: Any, depth: int, out: list[Any]) -> None:
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

    def unpack(self, data: Any, offset: int = 0) -> Any:
        if self.is_char:
            return self._text(data[offset: offset + self.size], 0)
        values = self.packer.unpack_from(data, offset)
        return self._nest(values, 0) if self.array else values[0]

    def _nest(self, values: Any, depth: int) -> list[Any]:
        if depth + 1 == len(self.dimensions):
            return list(values)
        step = len(values) // self.dimensions[depth]
        return [self._nest(values[i: i + step], depth + 1)
                for i in range(0, len(values), step)]

    def _text(self, data: bytes, depth: int) -> Any:
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


class ValuesReader:
    """What rr_buffer_read_values copies, as a dict: taken apart by one call as
    far as it goes."""

    __slots__ = ("size", "names", "packer", "others", "spare")

    def __init__(self, size: int, places: list[tuple[int, Parameter]]):
        """@param places has the offset of each parameter, or -1."""
        self.size = size
        # As a parameter's.
        self.spare: list[Any] = []
        self.names: list[str] = []
        # Those of one number, by their names, and all others.
        self.others: list[tuple[Parameter, int]] = []
        pattern, end = "=", 0
        for offset, each in sorted(places, key=lambda x: x[0]):
            if offset < 0:
                continue
            self.names.append(each.name)
            if each.array or each.is_char:
                self.others.append((each, offset))
                # In the place of its value, to keep the order.
                pattern += f"{offset - end}x0s"
                end = offset
            else:
                pattern += f"{offset - end}x{each.code}"
                end = offset + each.size
        self.packer = struct.Struct(pattern)

    def make_cell(self, handle: int) -> tuple[Any, tuple[Any, ...]]:
        cell = ctypes.create_string_buffer(self.size)
        return cell, (ctypes.c_void_p(handle), ctypes.byref(cell),
                      ctypes.c_size_t(self.size), None)

    def unpack(self, data: Any) -> dict[str, Any]:
        result = dict(zip(self.names, self.packer.unpack_from(data)))
        for each, offset in self.others:
            result[each.name] = each.unpack(data, offset)
        return result
