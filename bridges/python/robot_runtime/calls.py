# SPDX-License-Identifier: BSD-3-Clause
"""Calls of methods of other programs, through the runtime's router.

    from robot_runtime import call

    call("ping")                                        # the runtime itself
    call("reach", 0.4, address="arm-service", timeout=2.0)

Any thread may call. After a fork the child has connections of its own.
"""

from __future__ import annotations

import atexit
import itertools
import json
import math
import os
import threading
import time
import weakref
from typing import Any, Optional

import zmq

from robot_runtime import environment
from robot_runtime.environment import Addresses
from robot_runtime.messages import (
    Malformed,
    Notification,
    Request,
    Response,
    decode,
    encode,
    fault_of,
)

__all__ = ["CallError", "CallTimeout", "Client", "call"]

_BROKER = "broker-service"
# What the broker says of an address.
_NOBODY = "nobody holds that address"
# Seconds without an answer, after which the broker is asked for that.
_PATIENCE = 0.05
# Milliseconds for what has been sent to leave, once a client is closed.
_LINGER = 1000
# Connections that are kept for the next calls.
_SPARE = 8


class CallError(Exception):
    """A call has failed. `message` says why, and `context`, a dict, with whom
    and what. A method of a `Service` that raises one tells its caller both."""

    def __init__(
        self, message: str, context: Optional[dict[str, Any]] = None
    ):
        super().__init__(message)
        self.message = message
        self.context = dict(context or {})

    def __str__(self) -> str:
        if not self.context:
            return self.message
        told = json.dumps(self.context, ensure_ascii=False, default=repr)
        return f"{self.message} {told}"


class CallTimeout(CallError):
    """No answer has come in time, or there is no router to call through.
    Nobody knows whether the method has run, unless `context` has `unsent`."""


class _Connection:
    """A socket of one thread at a time."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        address: str,
        identity: str,
        max_message: int,
    ):
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.ROUTING_ID, identity.encode())
        self.socket.setsockopt(zmq.PROBE_ROUTER, 1)
        # What cannot leave now must not arrive at a runtime that starts later.
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.socket.setsockopt(zmq.LINGER, _LINGER)
        self.socket.setsockopt(zmq.MAXMSGSIZE, max_message)
        environment.connect(self.socket, address)

    def send(self, address: str, payload: bytes, end: float) -> bool:
        """@returns false when it could not leave in time"""
        while True:
            try:
                self.socket.send_multipart(
                    [address.encode(), payload], zmq.NOBLOCK
                )
                return True
            except zmq.Again:
                if not self._wait(zmq.POLLOUT, end):
                    return False

    def receive(self, end: float) -> Optional[list[bytes]]:
        """@returns none when nothing has come in time"""
        if not self._wait(zmq.POLLIN, end):
            return None
        return self.socket.recv_multipart(zmq.NOBLOCK)

    def _wait(self, what: int, end: float) -> bool:
        left = max(0.0, end - time.monotonic())
        return bool(self.socket.poll(math.ceil(left * 1000), what))


class Client:
    """Makes calls. Closes itself at the end of a `with` block.

    Without an `identity` each connection has one of its own,
    `<app>-client-<pid>-<random>`, so that programs may share an app name, and
    threads call at the same time, each by a connection of its own, which later
    calls use again. With one, calls are made one after the other; of two
    clients with the same identity the router knows the later one alone.

    @param router the address of the router's frontend, if it is not that of
                  `RR_ROUTER_FRONTEND`
    @throws NoRuntime"""

    def __init__(
        self, identity: Optional[str] = None, router: Addresses = None
    ):
        self._address = environment.connection("RR_ROUTER_FRONTEND", router)
        self._max_answer = environment.number("RR_ROUTER_MAX_MESSAGE", 16777216)
        self._max_call = environment.number("RR_SERVICE_MAX_PAYLOAD", 1048576)
        if identity is not None and not 1 <= len(identity.encode()) <= 255:
            raise ValueError(
                f"identity {identity!r}: must have 1 to 255 bytes"
            )
        self._identity = identity
        self._ids = itertools.count(1)
        # Of a process before a fork: to close it would disturb that one.
        self._left_behind: list[Any] = []
        self._begin()
        _clients.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Semaphore(1)
        self._spare: list[_Connection] = []
        self._context: Optional[zmq.Context[zmq.Socket[bytes]]] = zmq.Context()

    def _begin_after_fork(self) -> None:
        self._left_behind += [self._context, self._spare]
        self._begin()

    def call(
        self,
        method: str,
        *args: Any,
        address: str = _BROKER,
        timeout: float = 5.0,
    ) -> Any:
        """Calls a method of the service at that address, and waits for its
        result. Values are what CBOR and JSON have in common: None, bool, int of
        64 bits, float, str, list or tuple, dict with text keys; and bytes.
        @param timeout seconds, above 0
        @throws CallTimeout
        @throws CallError when the method has failed, or there is none, or nobody
                holds the address
        @throws ValueError for what cannot be sent"""
        id_ = next(self._ids) & 0xFFFFFFFF
        payload = self._encoded(Request(id_, method, list(args)))
        about = {"method": method, "address": address}
        end = _end_of(timeout)
        with self._connection(about, timeout, end) as connection:
            self._send(connection, payload, about, timeout, end)
            answer = self._answer(connection, id_, address, end)
        if answer is None:
            raise CallTimeout(
                f"{method} of {address} timed out", {"timeout": timeout}
            )
        if answer.error is not None:
            raise CallError(*answer.error)
        return answer.result

    def notify(
        self,
        method: str,
        *args: Any,
        address: str = _BROKER,
        timeout: float = 5.0,
    ) -> None:
        """Calls a method, and waits for no result: only until the call has
        left.
        @throws CallTimeout, ValueError"""
        payload = self._encoded(Notification(method, list(args)))
        about = {"method": method, "address": address}
        end = _end_of(timeout)
        with self._connection(about, timeout, end) as connection:
            self._send(connection, payload, about, timeout, end)

    def close(self) -> None:
        """Waits until what has been sent has left, for a second at most. No
        thread may be calling. May be called twice."""
        with self._lock:
            context, self._context = self._context, None
            for each in self._spare:
                each.socket.close()
            self._spare.clear()
        if context is not None:
            context.term()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _encoded(self, message: Request | Notification) -> bytes:
        fault = fault_of(message)
        if fault is None:
            payload = encode(message)
            if len(payload) <= self._max_call:
                return payload
            fault = f"has {len(payload)} bytes, more than {self._max_call}"
        raise ValueError(f"{message.method}: cannot be sent: {fault}")

    def _connection(
        self, about: dict[str, Any], timeout: float, end: float
    ) -> _Borrowed:
        if self._identity is not None and not self._turn.acquire(
            timeout=max(0.0, end - time.monotonic())
        ):
            raise CallTimeout(
                f"another call of {self._identity} has not ended",
                {**about, "timeout": timeout, "unsent": True},
            )
        return _Borrowed(self)

    def _take(self) -> _Connection:
        with self._lock:
            if self._context is None:
                raise RuntimeError("this client is closed")
            if self._spare:
                return self._spare.pop()
            return _Connection(
                self._context,
                self._address,
                self._identity or environment.unique("-client"),
                self._max_answer,
            )

    def _give_back(self, connection: Optional[_Connection]) -> None:
        with self._lock:
            if connection is not None:
                if self._context is None or len(self._spare) >= _SPARE:
                    connection.socket.close()
                else:
                    self._spare.append(connection)
        if self._identity is not None:
            self._turn.release()

    def _send(
        self,
        connection: _Connection,
        payload: bytes,
        about: dict[str, Any],
        timeout: float,
        end: float,
    ) -> None:
        if not connection.send(about["address"], payload, end):
            raise CallTimeout(
                f"{about['method']} of {about['address']} could not be sent: "
                f"no router at {self._address}",
                {"timeout": timeout, "unsent": True},
            )

    def _answer(
        self, connection: _Connection, id_: int, address: str, end: float
    ) -> Optional[Response]:
        """What the service has answered, or that there is none: of a call that
        found nobody the router keeps silent, but the broker knows."""
        question = None
        asks = address != _BROKER
        while True:
            look = time.monotonic() + _PATIENCE if asks else end
            frames = connection.receive(min(look, end))
            if frames is None:
                if look >= end:
                    return None
                asks = False
                question = next(self._ids) & 0xFFFFFFFF
                asked = Request(question, "list_services", [address])
                connection.send(_BROKER, encode(asked), end)
                continue
            answer = self._decoded(frames)
            if answer is None:
                continue
            if answer.id == id_ and frames[0] == address.encode():
                return answer
            if answer.id == question and answer.error is not None:
                if answer.error[1].get("error") == _NOBODY:
                    return Response(id_, (_NOBODY, {"address": address}), None)

    def _decoded(self, frames: list[bytes]) -> Optional[Response]:
        """None for what is no response: a probe, or malformed."""
        if len(frames) != 2:
            return None
        try:
            message = decode(frames[1], self._max_answer)
        except Malformed:
            return None
        return message if isinstance(message, Response) else None


class _Borrowed:
    """A connection for the time of one call. What an exception has come between
    is not used again."""

    def __init__(self, client: Client):
        self.client = client
        self.connection: Optional[_Connection] = None

    def __enter__(self) -> _Connection:
        try:
            self.connection = self.client._take()
        except BaseException:
            self.client._give_back(None)
            raise
        return self.connection

    def __exit__(self, kind: Optional[type], *_: object) -> None:
        connection, self.connection = self.connection, None
        if kind is not None and connection is not None:
            connection.socket.close()
            connection = None
        self.client._give_back(connection)


def _end_of(timeout: float) -> float:
    if not 0 < timeout < math.inf:
        raise ValueError(f"timeout: expected seconds above 0, got {timeout!r}")
    return time.monotonic() + timeout


_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_default: Optional[Client] = None
_default_lock = threading.Lock()


def _default_client() -> Client:
    global _default
    with _default_lock:
        if _default is None:
            _default = Client()
            atexit.register(_default.close)
        return _default


def _after_fork() -> None:
    global _default_lock
    _default_lock = threading.Lock()
    for each in list(_clients):
        each._begin_after_fork()


os.register_at_fork(after_in_child=_after_fork)


def call(
    method: str, *args: Any, address: str = _BROKER, timeout: float = 5.0
) -> Any:
    """Calls a method of the service at that address, the runtime's own unless
    told otherwise, by a `Client` that all threads of the program share. What it
    takes, returns and throws is what `Client.call` does.
    @throws NoRuntime"""
    return _default_client().call(
        method, *args, address=address, timeout=timeout
    )
