# SPDX-License-Identifier: BSD-3-Clause
"""Methods that other programs of the robot call.

    from robot_runtime import Service

    service = Service("arm")

    @service.method
    def reach(x: float) -> float:
        return x / 2

    service.run()                      # answers as `arm-service`, until SIGTERM

or, beside something else that the program does, `with service: ...`.
"""

from __future__ import annotations

import dataclasses
import signal
import threading
from types import FrameType
from typing import Any, Callable, Optional, TypeVar, overload

from robot_runtime import environment
from robot_runtime.environment import Addresses
from robot_runtime.methods import Method
from robot_runtime.notify import Watchdog
from robot_runtime.service_loop import ServiceLoop, Settings
from robot_runtime.wake import Wake

__all__ = ["Service"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_STOPS = (signal.SIGTERM, signal.SIGINT)
# Seconds beyond a service's own, after which its thread counts as hung.
_SLACK = 1.0


class Service:
    """Answers calls of its methods, up to `workers` at once, each on a thread of
    its own; the others wait in the order in which they came.

    A method's arguments and result are what `call` takes. One that raises, or is
    given a wrong number of arguments, answers `method produced an error`; with a
    context of its own where it raises a `CallError`. One that outlasts `timeout`
    answers `method timed out`, and what it returns then is dropped, but it keeps
    its thread until it does: `workers` methods that hang for ever leave nobody
    to work. `list_methods` answers with a list of `{"name", "parameters"}`.

    What is malformed is dropped, counted in `counters`, and logged by
    `logging.getLogger("robot_runtime.serve")`, of each kind once a second at
    most.

    @param name it answers as `<name>-service`; this program's own name if there
                is none
    @param workers 1 to 1000, else `service.workers` of the configuration
    @param timeout seconds, else `service.timeout`
    @param max_payload bytes of a call, else `service.max-payload`
    @param router the address of the router's backend, if it is not that of
                  `RR_ROUTER_BACKEND`"""

    def __init__(
        self,
        name: Optional[str] = None,
        *,
        workers: Optional[int] = None,
        timeout: Optional[float] = None,
        max_payload: Optional[int] = None,
        router: Addresses = None,
    ):
        self.identity = f"{environment.name() if name is None else name}-service"
        if not 9 <= len(self.identity.encode()) <= 255:
            raise ValueError(
                f"service {name!r}: its name must have 1 to 247 bytes"
            )
        self._router = router
        if workers is None:
            workers = environment.number("RR_SERVICE_WORKERS", 5)
        if not 1 <= workers <= 1000:
            raise ValueError(f"workers: expected 1 to 1000, got {workers!r}")
        if timeout is None:
            timeout = environment.seconds("RR_SERVICE_TIMEOUT", 30.0)
        if not 0 < timeout < threading.TIMEOUT_MAX:
            raise ValueError(
                f"timeout: expected seconds above 0, got {timeout!r}"
            )
        if max_payload is None:
            max_payload = environment.number("RR_SERVICE_MAX_PAYLOAD", 1048576)
        self._workers, self._timeout = workers, timeout
        self._max_payload = max_payload
        self._methods: dict[str, Method] = {}
        self._add("list_methods", self._list_methods, at_once=True)
        # The one that runs, and the last one that ran.
        self._loop: Optional[ServiceLoop] = None
        self._last: Optional[ServiceLoop] = None
        self._thread: Optional[threading.Thread] = None

    @overload
    def method(self, function: _Function) -> _Function:
        ...

    @overload
    def method(self, *, name: str) -> Callable[[_Function], _Function]:
        ...

    def method(
        self, function: Optional[Any] = None, *, name: Optional[str] = None
    ) -> Any:
        """Has a function answer calls of its name, or of another one that is
        given: a decorator, which leaves the function as it is."""
        if function is None:
            return lambda each: self.method_as(each, name)
        return self.method_as(function, name)

    def method_as(
        self, function: _Function, name: Optional[str] = None
    ) -> _Function:
        """The same without a decorator, for a bound method."""
        own_name = getattr(function, "__name__", repr(function))
        self._add(own_name if name is None else name, function)
        return function

    def run(
        self,
        ready: Optional[Callable[[], object]] = None,
        watchdog: Optional[Watchdog] = None,
        grace: float = 1.0,
    ) -> None:
        """Answers calls until SIGTERM or SIGINT, or `stop`. Calls that run by
        then have `grace` seconds to end. In a thread that is not the main one
        signals are left to others.
        @param ready is called once the router is there, such as `notify.ready`
        @param watchdog beats while calls are received, whatever methods do
        @throws NoRuntime"""
        wake = self._open(ready, watchdog)
        undo = self._take_signals(wake, grace)
        try:
            self._spin()
        finally:
            undo()

    def start(
        self,
        ready: Optional[Callable[[], object]] = None,
        watchdog: Optional[Watchdog] = None,
    ) -> None:
        """Answers calls from now on, on a thread of its own, until `stop`. That
        thread calls `ready`, as in `run`, and has the watchdog beat.
        @throws NoRuntime"""
        self._open(ready, watchdog)
        self._thread = threading.Thread(
            target=self._spin, name=self.identity, daemon=True
        )
        self._thread.start()

    def stop(self, grace: float = 1.0) -> None:
        """Takes no more calls; those that run have `grace` seconds to end. Waits
        until the service has ended, if it was begun by `start`. May be called
        twice."""
        loop, thread = self._loop, self._thread
        if loop is not None:
            loop.stop(grace)
        if thread is not None and thread is not threading.current_thread():
            thread.join(grace + _SLACK)
            self._thread = None

    @property
    def counters(self) -> dict[str, int]:
        """How many calls there were, and how they ended; of the run before where
        none runs."""
        last = self._last
        return {} if last is None else dataclasses.asdict(last.counters)

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _add(
        self, name: str, function: Callable[..., Any], at_once: bool = False
    ) -> None:
        if name in self._methods:
            raise ValueError(f"{self.identity} has a method {name} already")
        self._methods[name] = Method(name, function, at_once)

    def _list_methods(self) -> list[dict[str, Any]]:
        return [
            {"name": each.name, "parameters": each.parameters}
            for name, each in sorted(self._methods.items())
            if name != "list_methods"
        ]

    def _open(
        self,
        ready: Optional[Callable[[], object]],
        watchdog: Optional[Watchdog],
    ) -> Wake:
        if self._loop is not None:
            raise RuntimeError(f"{self.identity} runs already")
        settings = Settings(
            self.identity,
            environment.connection("RR_ROUTER_BACKEND", self._router),
            self._workers,
            self._timeout,
            self._max_payload,
            environment.number("RR_ROUTER_MAX_MESSAGE", 16777216),
        )
        wake = Wake()
        self._loop = ServiceLoop(
            self._methods, settings, wake, ready, watchdog
        )
        self._last = self._loop
        return wake

    def _spin(self) -> None:
        loop = self._loop
        assert loop is not None
        try:
            loop.run()
        finally:
            self._loop = None
            loop.close()

    def _take_signals(self, wake: Wake, grace: float) -> Callable[[], None]:
        """Signals stop it, and wake it, too: Python looks for them only between
        two steps of the main thread. @returns what brings back how it was"""
        if threading.current_thread() is not threading.main_thread():
            return lambda: None

        def on_signal(_: int, __: Optional[FrameType]) -> None:
            self.stop(grace)

        before = [(each, signal.signal(each, on_signal)) for each in _STOPS]
        descriptor = signal.set_wakeup_fd(
            wake.write_end, warn_on_full_buffer=False
        )

        def undo() -> None:
            signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
            for number, handler in before:
                # None of one that is not Python's.
                signal.signal(number, handler or signal.SIG_DFL)

        return undo
