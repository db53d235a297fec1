# SPDX-License-Identifier: BSD-3-Clause
"""The thread of a service: it receives calls, has workers run them, and
answers."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Optional

import zmq

from robot_runtime import environment
from robot_runtime.messages import (
    Malformed,
    Notification,
    Request,
    Response,
    decode,
    encode,
    id_of_request,
)
from robot_runtime.methods import Method, Outcome, failure, run, unknown
from robot_runtime.notify import Watchdog
from robot_runtime.wake import Wake
from robot_runtime.workers import Workers

__all__ = ["Counters", "ServiceLoop", "Settings"]

_log = logging.getLogger("robot_runtime.serve")

# Calls that may wait here; the others wait in the socket.
_MOST_WAITING = 1000
# Messages that are received before answers are looked after.
_BATCH = 64
# Milliseconds for answers to leave when the service ends.
_LINGER = 200
# Seconds between two events of one kind.
_QUIET = 1.0
# Characters that the log tells of what a caller may make up.
_MOST_TOLD = 1024


@dataclass
class Settings:
    """See `Service`."""

    identity: str
    address: str
    workers: int
    timeout: float
    max_payload: int
    max_answer: int


@dataclass
class Counters:
    """What a service has done since its start."""

    calls: int = 0
    notifications: int = 0
    # Calls and notifications by how they ended.
    answered: int = 0
    errors: int = 0
    timeouts: int = 0
    unknown_methods: int = 0
    # What methods answered to calls that had timed out.
    late: int = 0
    # Answers that could not be sent.
    unsent: int = 0
    malformed: int = 0


@dataclass
class _Call:
    caller: bytes
    # None of a notification.
    id: Optional[int]
    method: Method
    args: list[Any]
    deadline: float = 0.0


class ServiceLoop:
    """@param ready is called by the thread of `run` once a router is there
    @param watchdog is told by it that it lives"""

    def __init__(
        self,
        methods: dict[str, Method],
        settings: Settings,
        wake: Wake,
        ready: Optional[Callable[[], object]] = None,
        watchdog: Optional[Watchdog] = None,
    ):
        self.counters = Counters()
        self._methods = methods
        self._settings = settings
        self._wake = wake
        self._ready = ready
        self._watchdog = watchdog
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.ROUTING_ID, settings.identity.encode())
        self._socket.setsockopt(zmq.PROBE_ROUTER, 1)
        # A router that comes back has forgotten who waits for an answer.
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.setsockopt(zmq.LINGER, _LINGER)
        self._socket.setsockopt(zmq.MAXMSGSIZE, settings.max_answer)
        try:
            environment.connect(self._socket, settings.address)
        except ValueError:
            self._context.term()
            raise
        self._workers = Workers(settings.workers, settings.identity)
        self._waiting: deque[_Call] = deque()
        # By tickets, which grow as deadlines do.
        self._running: dict[int, _Call] = {}
        self._tickets = 0
        self._settled: deque[tuple[int, Outcome]] = deque()
        self._said: dict[str, tuple[float, int]] = {}
        # What `stop` was given, and when it is over.
        self._grace: Optional[float] = None
        self._stopping: Optional[float] = None

    def run(self) -> None:
        """Until `stop` has been called from another thread."""
        poller = zmq.Poller()
        poller.register(self._wake.fileno(), zmq.POLLIN)
        while self._goes_on():
            receives = self._stopping is None and self._has_room()
            wanted = zmq.POLLIN if receives else 0
            if self._ready is not None:
                wanted |= zmq.POLLOUT
            poller.register(self._socket, wanted)
            came = dict(poller.poll(self._milliseconds()))
            if self._watchdog is not None:
                self._watchdog.beat()
            self._wake.clear()
            if came.get(self._socket, 0) & zmq.POLLOUT:
                self._on_connected()
            self._take_settled()
            self._take_due()
            if receives:
                self._receive()
            if self._stopping is None:
                self._start_waiting()

    def stop(self, grace: float) -> None:
        """Takes no more calls, and ends once those that run have been answered,
        or after so many seconds. Any thread may call it."""
        self._grace = grace
        self._wake.set()

    def close(self) -> None:
        """Once `run` has ended."""
        self._workers.close()
        self._socket.close()
        self._context.term()

    def _goes_on(self) -> bool:
        if self._grace is None:
            return True
        if self._stopping is None:
            self._stopping = time.monotonic() + self._grace
            self._waiting.clear()
        return bool(self._running) and time.monotonic() < self._stopping

    def _on_connected(self) -> None:
        ready, self._ready = self._ready, None
        if ready is not None:
            ready()

    def _has_room(self) -> bool:
        return len(self._waiting) < _MOST_WAITING

    def _milliseconds(self) -> Optional[int]:
        """How long there is nothing to do unless something comes."""
        first = self._first_running()
        ends = [] if first is None else [self._running[first].deadline]
        if self._stopping is not None:
            ends.append(self._stopping)
        left = [max(0.0, end - time.monotonic()) for end in ends]
        if self._watchdog is not None and self._watchdog.interval is not None:
            left.append(self._watchdog.interval)
        return math.ceil(min(left) * 1000) if left else None

    def _first_running(self) -> Optional[int]:
        """The ticket of the call that is due first."""
        return next(iter(self._running), None)

    def _receive(self) -> None:
        for _ in range(_BATCH):
            if not self._has_room():
                return
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if len(frames) == 2:
                self._on_payload(*frames)
            elif frames != [b""]:
                self._on_malformed(frames[0], f"has {len(frames)} frames")

    def _on_payload(self, caller: bytes, payload: bytes) -> None:
        try:
            message = decode(payload, self._settings.max_payload)
        except Malformed as why:
            self._on_malformed(caller, str(why), id_of_request(payload))
            return
        if isinstance(message, Response):
            self._on_malformed(caller, "a response, sent to a service")
        else:
            self._on_call(caller, message)

    def _on_malformed(
        self, caller: bytes, why: str, id_: Optional[int] = None
    ) -> None:
        """Who has made a request waits for an answer."""
        self.counters.malformed += 1
        self._warn("Received malformed message", sender=caller, error=why)
        told = failure(id_, why, {}, self._settings.max_answer)
        self._send(caller, told.payload)

    def _on_call(self, caller: bytes, message: Request | Notification) -> None:
        id_ = message.id if isinstance(message, Request) else None
        if id_ is None:
            self.counters.notifications += 1
        else:
            self.counters.calls += 1
        method = self._methods.get(message.method)
        if method is None:
            self.counters.unknown_methods += 1
            self._warn(
                "No such method exists", sender=caller, method=message.method
            )
            if isinstance(message, Request):
                self._send(caller, unknown(message).payload)
            return
        call = _Call(caller, id_, method, message.args)
        fault = method.fault_of(message.args)
        most = self._settings.max_answer
        if fault is not None:
            self._settle(call, failure(id_, fault, {}, most))
        elif method.at_once:
            self._settle(call, run(method, call.args, id_, most))
        else:
            self._waiting.append(call)

    def _start_waiting(self) -> None:
        """A call that has timed out is no longer one that runs, though its
        thread may be held up still."""
        while self._waiting and len(self._running) < self._settings.workers:
            call = self._waiting.popleft()
            call.deadline = time.monotonic() + self._settings.timeout
            self._tickets += 1
            ticket = self._tickets
            self._running[ticket] = call
            self._workers.submit(partial(self._work, ticket, call))

    def _work(self, ticket: int, call: _Call) -> None:
        """On a worker's thread."""
        if ticket not in self._running:
            return  # nobody waits for it any more
        most = self._settings.max_answer
        outcome = run(call.method, call.args, call.id, most)
        self._settled.append((ticket, outcome))
        self._wake.set()

    def _take_settled(self) -> None:
        while self._settled:
            ticket, outcome = self._settled.popleft()
            call = self._running.pop(ticket, None)
            if call is not None:
                self._settle(call, outcome)
                continue
            self.counters.late += 1
            self._warn("Method answered a call that had ended")

    def _take_due(self) -> None:
        now = time.monotonic()
        while (ticket := self._first_running()) is not None:
            if self._running[ticket].deadline > now:
                return
            self._time_out(self._running.pop(ticket))

    def _time_out(self, call: _Call) -> None:
        self.counters.timeouts += 1
        self._warn(
            "Method timed out", sender=call.caller, method=call.method.name
        )
        if call.id is not None:
            error = ("method timed out", {"timeout": self._settings.timeout})
            self._send(call.caller, encode(Response(call.id, error, None)))

    def _settle(self, call: _Call, outcome: Outcome) -> None:
        if outcome.error is None:
            self.counters.answered += 1
        else:
            self.counters.errors += 1
            self._warn(
                "Method produced an error",
                sender=call.caller,
                method=call.method.name,
                error=outcome.error,
            )
        self._send(call.caller, outcome.payload)

    def _send(self, caller: bytes, payload: Optional[bytes]) -> None:
        if payload is None:
            return
        try:
            self._socket.send_multipart([caller, payload], zmq.NOBLOCK)
        except zmq.ZMQError as why:
            self.counters.unsent += 1
            self._warn("Response could not be sent", sender=caller, error=why)

    def _warn(self, event: str, **fields: Any) -> None:
        """Of many of a kind one a second, which says how many there were."""
        now = time.monotonic()
        last, suppressed = self._said.get(event, (-math.inf, 0))
        if now - last < _QUIET:
            self._said[event] = (last, suppressed + 1)
            return
        self._said[event] = (now, 0)
        if suppressed:
            fields["suppressed"] = suppressed
        if "sender" in fields:
            fields["sender"] = fields["sender"].decode(errors="backslashreplace")
        for name in fields.keys() & {"error", "method"}:
            fields[name] = str(fields[name])[:_MOST_TOLD]
        _log.warning(event, extra=fields)
