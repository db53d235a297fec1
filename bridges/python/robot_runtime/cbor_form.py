# SPDX-License-Identifier: BSD-3-Clause
"""Whether bytes from anywhere are CBOR that may be decoded: a decoder recurses,
allocates what a length claims, and lets the last of two equal keys win."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

__all__ = ["DEEPEST", "Malformed", "check_form", "read_head"]

DEEPEST = 32

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE = 31
_CUT_SHORT = "ends before the item does"
# Items of one byte: small integers, empty strings, false, true, null.
_LITTLE = re.compile(rb"[\x00-\x17\x20-\x37\x40\x60\xf4-\xf6]*")


class Malformed(ValueError):
    """Bytes that are no message of ours: what is wrong, and where."""


class _Fault(Exception):
    pass


class Head(NamedTuple):
    """The first bytes of a data item (RFC 8949, section 3), and what follows
    them."""

    major: int
    info: int
    argument: int
    end: int


def read_head(data: bytes, at: int) -> Head:
    """@throws IndexError, ValueError: there is none"""
    initial = data[at]
    at += 1
    info = initial & 0x1F
    if info < 24 or info == _INDEFINITE:
        return Head(initial >> 5, info, info, at)
    if info > 27:
        raise ValueError("reserved length")
    end = at + (1 << (info - 24))
    if end > len(data):
        raise IndexError(_CUT_SHORT)
    return Head(initial >> 5, info, int.from_bytes(data[at:end], "big"), end)


class _Level:
    """An array or map that is not at its end yet."""

    __slots__ = ("is_map", "is_indefinite", "at_key", "left", "keys", "twice")

    def __init__(self, is_map: bool, is_indefinite: bool, left: int):
        self.is_map = is_map
        self.is_indefinite = is_indefinite
        self.at_key = is_map
        # Items to come, keys and values counted apart.
        self.left = left
        self.keys: set[bytes] = set()
        # Where a key stands for the second time.
        self.twice: Optional[int] = None


class _Check:
    def __init__(self, data: bytes, deepest: int):
        self.data = data
        self.deepest = min(deepest, DEEPEST)
        self.at = self.start = 0
        self.levels: list[_Level] = []

    def run(self) -> None:
        self.item()
        levels = self.levels
        while levels:
            top = levels[-1]
            if not top.is_map:
                self.skip_little(top)
            self.item()
        self.start = self.at
        if self.at != len(self.data):
            raise _Fault("bytes after the end")

    def skip_little(self, top: _Level) -> None:
        """Goes past what is neither wrong nor last in its array."""
        most = len(self.data) if top.is_indefinite else self.at + top.left - 1
        found = _LITTLE.match(self.data, self.at, most)
        if found:
            if not top.is_indefinite:
                top.left -= found.end() - self.at
            self.at = found.end()

    def head(self) -> Head:
        try:
            result = read_head(self.data, self.at)
        except IndexError:
            raise _Fault(_CUT_SHORT) from None
        except ValueError as why:
            raise _Fault(str(why)) from None
        self.at = result.end
        return result

    def item(self) -> None:
        self.start = self.at
        it = self.head()
        major, info = it.major, it.info
        if major == _SIMPLE and info == _INDEFINITE:
            self.end_of_indefinite()
            return
        is_key = bool(self.levels) and self.levels[-1].at_key
        if is_key and major != _TEXT:
            raise _Fault("map key is not text")
        if major <= _NEGATIVE:
            if info == _INDEFINITE:
                raise _Fault("integer of indefinite length")
            if major == _NEGATIVE and it.argument >> 63:
                raise _Fault("negative integer beyond 64 bits")
        elif major <= _TEXT:
            self.string(it, is_key)
        elif major <= _MAP:
            self.open(it)
            return
        elif major == _TAG:
            raise _Fault("tag")
        elif not 20 <= info <= 27 or info in (23, 24):
            raise _Fault("simple value other than false, true and null")
        self.item_done()

    def string(self, it: Head, is_key: bool) -> None:
        if it.info == _INDEFINITE:
            content = self.chunks(it.major)
        else:
            content = self.content(it)
        if is_key:
            top = self.levels[-1]
            if content in top.keys and top.twice is None:
                top.twice = self.start
            top.keys.add(content)

    def content(self, it: Head) -> bytes:
        end = self.at + it.argument
        if end > len(self.data):
            raise _Fault("string is longer than the bytes left")
        result = self.data[self.at : end]
        self.at = end
        if it.major == _TEXT:
            try:
                result.decode()
            except UnicodeDecodeError:
                raise _Fault("text is not UTF-8") from None
        return result

    def chunks(self, major: int) -> bytes:
        result: list[bytes] = []
        while True:
            chunk = self.head()
            if chunk.major == _SIMPLE and chunk.info == _INDEFINITE:
                return b"".join(result)
            if chunk.major != major:
                raise _Fault("string has a chunk of another type")
            if chunk.info == _INDEFINITE:
                raise _Fault("string has a chunk of indefinite length")
            result.append(self.content(chunk))

    def open(self, it: Head) -> None:
        is_map = it.major == _MAP
        is_indefinite = it.info == _INDEFINITE
        left = 0 if is_indefinite else it.argument
        # Each item takes a byte at least.
        if left > (len(self.data) - self.at) // (2 if is_map else 1):
            raise _Fault("claims more items than bytes are left")
        if len(self.levels) == self.deepest:
            raise _Fault("nested too deep")
        if is_map:
            left *= 2
        self.levels.append(_Level(is_map, is_indefinite, left))
        if not is_indefinite and left == 0:
            self.close()

    def end_of_indefinite(self) -> None:
        if not self.levels or not self.levels[-1].is_indefinite:
            raise _Fault("break out of place")
        if self.levels[-1].is_map and not self.levels[-1].at_key:
            raise _Fault("map ends between a key and its value")
        self.close()

    def close(self) -> None:
        """Ends the innermost array or map, itself an item of the next one."""
        self.close_level()
        self.item_done()

    def close_level(self) -> None:
        twice = self.levels[-1].twice
        if twice is not None:
            self.start = twice
            raise _Fault("map has a key twice")
        self.levels.pop()

    def item_done(self) -> None:
        while self.levels:
            top = self.levels[-1]
            top.at_key = top.is_map and not top.at_key
            if top.is_indefinite:
                return
            top.left -= 1
            if top.left > 0:
                return
            self.close_level()


def check_form(
    payload: bytes, max_bytes: int = 1048576, max_nesting: int = DEEPEST
) -> None:
    """Checks that the payload is one CBOR data item that can be decoded without
    risk and without loss, by the rules of the runtime itself: no tags, no keys
    but texts, none of them twice, integers of 64 bits at most, UTF-8, arrays
    and maps at most `max_nesting` inside one another, nothing after the end.
    It goes through the heads once, without recursion.
    @throws Malformed that says what is wrong, and at which byte, from 0"""
    if len(payload) > max_bytes:
        raise Malformed(
            f"malformed CBOR at byte {max_bytes}: longer than the limit of "
            f"{max_bytes} bytes"
        )
    check = _Check(payload, max_nesting)
    try:
        check.run()
    except _Fault as what:
        raise Malformed(
            f"malformed CBOR at byte {check.start}: {what}"
        ) from None
