# SPDX-License-Identifier: BSD-3-Clause
"""The methods of a service, and what comes of calling one."""

from __future__ import annotations

import inspect
import logging
from typing import Any, Callable, NamedTuple, Optional

from robot_runtime.calls import CallError
from robot_runtime.messages import Request, Response, encode, fault_of

__all__ = ["Method", "Outcome", "answer", "failure", "run"]

_METHOD_ERROR = "method produced an error"
# Characters of an error's text, when not all of it can leave.
_LONGEST_ERROR = 1024

_log = logging.getLogger("robot_runtime.serve")


class Method:
    """A function, and how many arguments it takes. One that is done `at_once`
    needs no worker."""

    def __init__(
        self, name: str, function: Callable[..., Any], at_once: bool = False
    ):
        if not callable(function):
            raise TypeError(f"{name}: expected a function, got {function!r}")
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{name}: a method cannot be a coroutine")
        self.name = name
        self.function = function
        self.at_once = at_once
        self.parameters: list[str] = []
        self.least = 0
        self.most: Optional[int] = 0
        for each in _parameters(function):
            self._add(each)

    def _add(self, each: inspect.Parameter) -> None:
        needed = each.default is each.empty
        if each.kind is each.KEYWORD_ONLY and needed:
            raise TypeError(
                f"{self.name}: arguments come by their place, so that "
                f"{each.name!r} would have no value"
            )
        if each.kind is each.VAR_POSITIONAL:
            self.parameters.append(f"*{each.name}")
            self.most = None
        elif each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            self.parameters.append(each.name)
            self.least += needed
            if self.most is not None:
                self.most += 1

    def fault_of(self, args: list[Any]) -> Optional[str]:
        """What is wrong with the number of arguments."""
        count = len(args)
        if self.least <= count and (self.most is None or count <= self.most):
            return None
        if self.most is None:
            takes = f"at least {_counted(self.least)}"
        elif self.least == self.most:
            takes = _counted(self.most)
        else:
            takes = f"{self.least} to {_counted(self.most)}"
        return f"takes {takes}, got {count}"


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:  # of a few that are not written in Python
        return [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)]


def _counted(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"


class Outcome(NamedTuple):
    """What has come of a call: the answer's bytes, if somebody waits for it, and
    the error's text, if it was one."""

    payload: Optional[bytes]
    error: Optional[str]


def run(
    method: Method, args: list[Any], id_: Optional[int], max_answer: int
) -> Outcome:
    """Runs a method on this thread, whatever it does.
    @param id_ none for a notification"""
    try:
        result = method.function(*args)
    except BaseException as what:  # a thread must not end by sys.exit()
        _log.debug("Method raised", exc_info=True, extra={"method": method.name})
        return failure(id_, *_told(what), max_answer)
    if id_ is None:
        return Outcome(None, None)
    return answer(Response(id_, None, result), max_answer)


def _told(what: BaseException) -> tuple[str, dict[str, Any]]:
    if isinstance(what, CallError):
        return what.message, what.context
    text = str(what) or type(what).__name__
    return text, {"exception": type(what).__name__}


def failure(
    id_: Optional[int],
    error: str,
    context: dict[str, Any],
    max_answer: int,
) -> Outcome:
    """Of a method that has failed, or could not be called."""
    if id_ is None:
        return Outcome(None, error)
    told = {"error": error, **context}
    response = Response(id_, (_METHOD_ERROR, told), None)
    return answer(response, max_answer)._replace(error=error)


def answer(response: Response, max_answer: int) -> Outcome:
    """What must not leave becomes an error that says why."""
    fault = fault_of(response)
    if fault is None:
        payload = encode(response)
        if len(payload) <= max_answer:
            return Outcome(payload, None)
        what = "result" if response.error is None else "context"
        fault = f"{what}: has {len(payload)} bytes, more than {max_answer}"
    context = {"error": fault}
    if response.error is not None:
        # A context need not be a map of texts, nor short.
        text = str(response.error[1].get("error", ""))[:_LONGEST_ERROR]
        said = text.encode("utf-8", "replace").decode()
        context = {"context": fault, "error": said}
    left = Response(response.id, (_METHOD_ERROR, context), None)
    return Outcome(encode(left), fault)


def unknown(request: Request) -> Outcome:
    """Of a method that there is none of."""
    error = "no such method exists"
    told = Response(request.id, (error, {"method": request.method}), None)
    return Outcome(encode(told), error)
