#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What services of the Python package say of what is wrong.
usage: python_serve_errors.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import threading

import cbor2

from python_case import LIMIT, PythonCase, request
from robot_case import run_tests

HEAD = b"\x84\0\1\x64echo"
# Requests by how they are wrong, and what is said of it.
WRONG = [
    (HEAD + b"\x81" * 33 + b"\0", "at byte 39: nested too deep"),
    (HEAD + b"\x81\xc1\0", "at byte 9: tag"),
    (HEAD + b"\x81\xa2\x61k\1\x61k\2", "at byte 13: map has a key twice"),
    (HEAD + b"\x81\xa1\1\2", "at byte 10: map key is not text"),
    (HEAD + b"\x81\x3b" + b"\xff" * 8,
     "at byte 9: negative integer beyond 64 bits"),
    (HEAD + b"\x81\x62\xc3\x28", "at byte 9: text is not UTF-8"),
    (HEAD + b"\x9b\x10" + b"\0" * 7,
     "at byte 8: claims more items than bytes are left"),
    (HEAD + b"\x81\x7f\x7f\xff\xff",
     "at byte 9: string has a chunk of indefinite length"),
    (HEAD + b"\x81\x5a\x7f\xff\xff\xff",
     "at byte 9: string is longer than the bytes left"),
    (HEAD + b"\x81\x19\1", "at byte 9: ends before the item does"),
    (request() + b"\0", "at byte 9: bytes after the end"),
    (request("x" * 20000), "longer than the limit of 10000 bytes"),
    (HEAD + b"\xa0", "args are not an array"),
    (b"\x83" + HEAD[1:], "request has 3 items instead of 4"),
]
# What cannot be answered.
NOISE = [
    b"", b"\xff", b"not CBOR at all", b"\x80", b"\x00", b"\xf6",
    b"\x81" * 100_000, b"\x9f" * 100_000, b"\xbf" * 100_000,
    b"\x5f" * 100_000, b"\x7f" * 100_000, b"\xc1" * 100_000,
    b"\x9a\x10\0\0\0", b"\xbb\x10" + b"\0" * 7,
    cbor2.dumps([0, -1, "echo", []]),
    cbor2.dumps([0, 1 << 32, "echo", []]),
    cbor2.dumps([0, "1", "echo", []]),
    cbor2.dumps([0, 1, 5, []]),
    cbor2.dumps([1, 1, None, 5]),
    cbor2.dumps([2, 5, []]),
    cbor2.dumps([3, 1, "echo", []]),
    cbor2.dumps([True, 1, "echo", []]),
]


class PythonServeErrors(PythonCase):
    def test_what_goes_wrong_is_answered_as_the_contract_says(self):
        from robot_runtime import CallError

        self.robot()
        service = self.service("arm")

        @service.method
        def reach(x, speed=1.0):
            raise CallError("out of reach", {"limit": 1, "x": x})

        @service.method(name="divide")
        def anything(x, y):
            return x / y

        @service.method
        def leave():
            raise SystemExit(3)

        @service.method
        def many(first, *rest):
            return len(rest)

        self.serve(service)
        client = self.client()

        def error(method, *args):
            with self.assertRaises(CallError) as raised:
                client.call(
                    method, *args, address="arm-service", timeout=LIMIT
                )
            return raised.exception.message, raised.exception.context

        wrong = "method produced an error"
        limit = {"error": "out of reach", "limit": 1, "x": 2}
        self.assertEqual(error("reach", 2), (wrong, limit))
        self.assertEqual(
            error("fly"), ("no such method exists", {"method": "fly"})
        )
        self.assertEqual(error("anything", 1, 2)[0], "no such method exists")
        zero = {"error": "division by zero", "exception": "ZeroDivisionError"}
        self.assertEqual(error("divide", 1, 0), (wrong, zero))
        left = {"error": "3", "exception": "SystemExit"}
        self.assertEqual(error("leave"), (wrong, left))
        for args, takes in (
            (("reach",), "takes 1 to 2 arguments, got 0"),
            (("reach", 1, 2, 3), "takes 1 to 2 arguments, got 3"),
            (("divide", 1), "takes 2 arguments, got 1"),
            (("leave", 1), "takes 0 arguments, got 1"),
            (("many",), "takes at least 1 argument, got 0"),
        ):
            self.assertEqual(error(*args), (wrong, {"error": takes}))
        answer = client.call("many", 1, 2, 3, address="arm-service")
        self.assertEqual(answer, 2)
        counters = service.counters
        self.assertEqual(counters["errors"], 8)
        self.assertEqual(counters["unknown_methods"], 2)
        self.assertEqual(counters["answered"], 1)

    def test_what_cannot_be_answered_is_an_error_that_says_why(self):
        from robot_runtime import CallError

        self.robot()
        service = self.service("odd")
        results = {
            "a set": ({1}, "result: set is no type that can be sent"),
            "a key": ({1: 2}, "result: a key is of type int, and not text"),
            "large": (b"x" * (1 << 24),
                      "result: has 16777225 bytes, more than 16777216"),
        }
        service.method_as(lambda name: results[name][0], "give")

        @service.method
        def fail(text):
            raise CallError("bad \udc80 " + text, {5: {1}})

        self.serve(service)
        client = self.client()
        for name, (_, why) in results.items():
            with self.assertRaises(CallError) as raised:
                client.call("give", name, address="odd-service", timeout=LIMIT)
            self.assertEqual(raised.exception.context, {"error": why})
        with self.assertRaises(CallError) as raised:
            client.call("fail", "x" * 2000, address="odd-service",
                        timeout=LIMIT)
        context = raised.exception.context
        self.assertEqual(
            context["context"], "context: a key is of type int, and not text"
        )
        self.assertRegex(context["error"], r"^bad \? x{1018}$")

    def test_what_is_malformed_is_counted_and_the_service_goes_on(self):
        self.robot()
        service = self.echo(max_payload=10000)
        with self.assertLogs("robot_runtime.serve", "WARNING") as logs:
            self.serve(service)
            peer = self.peer()
            for payload, why in WRONG:
                _, id_, error, _ = self.ask(peer, payload)
                self.assertEqual(error[0], "method produced an error")
                self.assertRegex(error[1]["error"], f"^malformed .*{why}$")
            for payload in NOISE:
                peer.send_multipart([b"echo-service", payload])
            answer = self.ask(peer, request(5, id_=9))
        self.assertEqual(answer, [1, 9, None, [5]])
        counters = service.counters
        self.assertEqual(counters["malformed"], len(WRONG) + len(NOISE))
        self.assertEqual(counters["answered"], 1)
        # One line a second of many.
        self.assertLess(len(logs.records), len(NOISE))
        self.assertEqual(
            logs.records[0].getMessage(), "Received malformed message"
        )

    def test_the_log_tells_no_more_of_a_call_than_it_needs_to(self):
        self.robot()
        service = self.echo()
        longest = "x" * 100_000
        with self.assertLogs("robot_runtime.serve", "WARNING") as logs:
            self.serve(service)
            _, _, error, _ = self.ask(self.peer(), request(method=longest))
        self.assertEqual(error[1], {"method": longest})
        self.assertEqual(logs.records[0].method, "x" * 1024)

    def test_a_method_that_takes_too_long_is_answered_for(self):
        self.robot()
        service = self.echo(workers=2, timeout=1.0)
        go = threading.Event()

        @service.method
        def hang():
            go.wait(LIMIT)

        self.serve(service)
        peer = self.peer()
        answer = self.ask(peer, request(method="hang", id_=3))
        error = ["method timed out", {"timeout": 1.0}]
        self.assertEqual(answer, [1, 3, error, None])
        self.assertEqual(self.ask(peer, request(1)), [1, 1, None, [1]])
        # With no thread left the next one times out as well, and never runs.
        peer.send_multipart([b"echo-service", request(method="hang", id_=4)])
        peer.send_multipart([b"echo-service", request(2, id_=5)])
        answers = [self.answer(peer), self.answer(peer)]
        self.assertEqual([x[2] for x in answers], [error, error])
        go.set()
        self.wait_until(lambda: service.counters["late"] == 2)
        self.assertEqual(self.ask(peer, request(6)), [1, 1, None, [6]])
        self.assertEqual(service.counters["timeouts"], 3)

    def test_two_calls_of_run_are_refused(self):
        self.robot()
        service = self.echo()
        self.serve(service)
        with self.assertRaisesRegex(RuntimeError, "echo-service runs already"):
            service.run()

    def test_what_can_be_no_method_is_refused_where_it_is_written(self):
        service = self.service("odd")

        async def later():
            pass

        for name, function, kind, why in (
            ("later", later, TypeError, "later: a method cannot be a corout"),
            ("five", 5, TypeError, "five: expected a function, got 5"),
            ("key", lambda *, x: x, TypeError, "key: arguments come by their"),
            ("list_methods", print, ValueError, "odd-service has a method lis"),
        ):
            with self.assertRaisesRegex(kind, f"^{why}"):
                service.method_as(function, name)
        with self.assertRaisesRegex(TypeError, "^'move': expected a function"):
            service.method("move")
        for how, why in (
            ({"workers": 0}, "workers: expected 1 to 1000, got 0"),
            ({"workers": 1001}, "workers: expected 1 to 1000, got 1001"),
            ({"timeout": 0}, "timeout: expected seconds above 0, got 0"),
        ):
            with self.assertRaisesRegex(ValueError, f"^{why}"):
                self.service("odd", **how)
        for name in ("", "x" * 248):
            with self.assertRaisesRegex(ValueError, "must have 1 to 247 byte"):
                self.service(name)


if __name__ == "__main__":
    run_tests()
