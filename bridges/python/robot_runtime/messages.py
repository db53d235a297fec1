# SPDX-License-Identifier: BSD-3-Clause
"""The messages of remote calls, between Python and bytes: the forms of
MessagePack-RPC, in CBOR."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Union

import cbor2  # type: ignore[import]

from robot_runtime.cbor_form import DEEPEST, Malformed, check_form, read_head

__all__ = [
    "Malformed",
    "Notification",
    "Request",
    "Response",
    "decode",
    "encode",
    "fault_in",
    "fault_of",
    "id_of_request",
]


class Request(NamedTuple):
    """Calls a method and waits for its response."""

    id: int
    method: str
    args: list[Any]


class Response(NamedTuple):
    """Answers the request of the same id: with a result, or an error, which has
    a message and a context."""

    id: int
    error: Optional[tuple[str, dict[str, Any]]]
    result: Any


class Notification(NamedTuple):
    """Calls a method that nobody answers."""

    method: str
    args: list[Any]


Message = Union[Request, Response, Notification]


def fault_in(value: Any, nesting_left: int) -> Optional[str]:
    """Why a value cannot be sent, if it cannot."""
    if value is None or isinstance(value, (bool, float, bytes, bytearray)):
        return None
    if isinstance(value, int):
        fits = -(1 << 63) <= value < 1 << 64
        return None if fits else "an integer is beyond 64 bits"
    if isinstance(value, str):
        return None if _is_utf8(value) else "text is not UTF-8"
    if not isinstance(value, (list, tuple, dict)):
        return f"{type(value).__name__} is no type that can be sent"
    if nesting_left == 0:
        return "nesting is too deep"
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                return f"a key is of type {type(key).__name__}, and not text"
            if not _is_utf8(key):
                return "a key is not UTF-8"
        value = value.values()
    for each in value:
        fault = fault_in(each, nesting_left - 1)
        if fault:
            return fault
    return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def fault_of(message: Message) -> Optional[str]:
    """Why a message cannot be sent, if it cannot: `args: nesting is too deep`.
    To be asked before `encode`."""
    if isinstance(message, Response):
        if message.error is None:
            where, value, left = "result", message.result, DEEPEST - 1
        else:
            where, value, left = "context", message.error[1], DEEPEST - 2
    elif not isinstance(message.method, str) or not _is_utf8(message.method):
        return "method: is not text that can be sent"
    else:
        where, value, left = "args", message.args, DEEPEST - 1
    fault = fault_in(value, left)
    return f"{where}: {fault}" if fault else None


def encode(message: Message) -> bytes:
    """The bytes of a message at which `fault_of` finds nothing."""
    kind = (Request, Response, Notification).index(type(message))
    return bytes(cbor2.dumps([kind, *message]))


def decode(payload: bytes, max_bytes: int = 1048576) -> Message:
    """The message of bytes from anywhere, checked for form before anything is
    made of them.
    @throws Malformed that says what is wrong"""
    check_form(payload, max_bytes)
    items = cbor2.loads(payload)
    if not isinstance(items, list):
        raise _malformed("is not an array")
    if not items:
        raise _malformed("is an empty array")
    kind = items[0]
    if not _is_integer(kind):
        raise _malformed("type is not an integer")
    if kind == 0:
        _check_size("request", items, 4)
        return Request(_id(items[1]), *_call(items[2], items[3]))
    if kind == 1:
        return _response(items)
    if kind == 2:
        _check_size("notification", items, 3)
        return Notification(*_call(items[1], items[2]))
    raise _malformed(f"type {kind} is unknown")


def _response(items: list[Any]) -> Response:
    _check_size("response", items, 4)
    id_, error = _id(items[1]), items[2]
    if error is None:
        return Response(id_, None, items[3])
    if not isinstance(error, list):
        raise _malformed("error is neither null nor an array")
    _check_size("error", error, 2)
    message, context = error
    if not isinstance(message, str):
        raise _malformed("message of the error is not text")
    if not isinstance(context, dict):
        raise _malformed("context of the error is not a map")
    if items[3] is not None:
        raise _malformed("response has both an error and a result")
    return Response(id_, (message, context), None)


def _call(method: Any, args: Any) -> tuple[str, list[Any]]:
    if not isinstance(method, str):
        raise _malformed("method is not text")
    if not isinstance(args, list):
        raise _malformed("args are not an array")
    return method, args


def _id(item: Any) -> int:
    if not _is_integer(item):
        raise _malformed("id is not an integer")
    if item < 0:
        raise _malformed("id is negative")
    if item >> 32:
        raise _malformed("id is beyond 32 bits")
    return int(item)


def _is_integer(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool)


def _check_size(what: str, items: list[Any], expected: int) -> None:
    if len(items) != expected:
        raise _malformed(f"{what} has {len(items)} items instead of {expected}")


def _malformed(what: str) -> Malformed:
    return Malformed(f"malformed message: {what}")


def id_of_request(payload: bytes) -> Optional[int]:
    """The id of bytes that begin as a request does, by which it can be answered
    whatever is wrong with the rest; none of all else."""
    try:
        array = read_head(payload, 0)
        kind = read_head(payload, array.end)
        id_ = read_head(payload, kind.end)
        method = read_head(payload, id_.end)
    except (IndexError, ValueError):
        return None
    if array.major != 4 or (array.info != 31 and array.argument < 3):
        return None
    if (kind.major, kind.argument) != (0, 0):
        return None
    if id_.major != 0 or id_.info == 31 or id_.argument >> 32:
        return None
    if method.major != 3 or method.info == 31:
        return None
    text = payload[method.end : method.end + method.argument]
    if len(text) < method.argument:
        return None
    try:
        text.decode()
    except UnicodeDecodeError:
        return None
    return id_.argument
