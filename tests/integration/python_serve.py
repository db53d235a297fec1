#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Services of the Python package at a real router.
usage: python_serve.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import queue
import signal
import threading
import time

import cbor2

from python_case import LIMIT, PythonCase, request
from robot_case import run_tests


class PythonServe(PythonCase):
    def test_a_child_answers_until_it_is_told_to_stop(self):
        script = (
            "from robot_runtime import Service, notify\n"
            "service = Service()\n"
            "@service.method\n"
            "def double(x): return 2 * x\n"
            "service.run(ready=notify.ready)\n"
            "print(service.counters['answered'], 'answered', flush=True)\n"
        )
        robot = self.robot(
            arm={"command": self.python(script), "ready": "notify"}
        )
        self.wait_ready("arm")
        client = self.client()
        for number in (1, 1.5, "ha"):
            answer = client.call(
                "double", number, address="arm-service", timeout=LIMIT
            )
            self.assertEqual(answer, 2 * number)
        events = self.events(robot)
        ended = self.named(events, "Terminated process", "arm")
        self.assertEqual([x["exit_code"] for x in ended], [0])
        self.assertIn("3 answered", [x["event"] for x in events])

    def test_a_call_that_runs_when_it_stops_is_answered(self):
        script = (
            "import threading\n"
            "from robot_runtime import Service\n"
            "service, go = Service(), threading.Event()\n"
            "@service.method\n"
            "def wait():\n"
            "    print('waiting', flush=True)\n"
            "    return go.wait(100)\n"
            "def stop(*_):\n"
            "    go.set()\n"
            "    was(*_)\n"
            "def begin():\n"
            "    global was\n"
            "    was = signal.signal(signal.SIGTERM, stop)\n"
            "service.run(ready=begin, grace=100.0)\n"
        )
        robot = self.robot(
            child={"command": self.python(script), "terminate_timeout": "100s"}
        )
        self.wait_until(lambda: "child-service" in self.services())
        peer = self.peer()
        peer.send_multipart(
            [b"child-service", cbor2.dumps([0, 7, "wait", []])]
        )
        self.assertEqual(self.printed(robot), "waiting")
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(self.answer(peer), [1, 7, None, True])
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_it_serves_beside_what_the_program_does(self):
        self.robot()
        service = self.echo()
        with service:
            answer = self.client().call  # waits for the router by itself
            self.wait_until(lambda: "echo-service" in self.services())
            self.assertEqual(answer("echo", 1, address="echo-service"), [1])
        self.assertEqual(service.counters["answered"], 1)
        self.assertNotIn("echo-service", self.services())
        # Once more.
        self.serve(service)
        self.assertEqual(answer("echo", 2, address="echo-service"), [2])

    def test_notifications_are_not_answered(self):
        self.robot()
        told = queue.SimpleQueue()
        service = self.echo()

        @service.method
        def tell(*args):
            told.put(args)
            raise ValueError("nobody hears this")

        self.serve(service)
        peer = self.peer()
        for method, args in (("tell", [1, 2]), ("fly", []), ("echo", [1])):
            payload = cbor2.dumps([2, method, args])
            peer.send_multipart([b"echo-service", payload])
        self.assertEqual(told.get(timeout=LIMIT), (1, 2))
        self.assertEqual(self.ask(peer, request(1)), [1, 1, None, [1]])
        self.assertEqual(service.counters["notifications"], 3)

    def test_it_tells_its_methods(self):
        self.robot()
        service = self.service("arm")

        @service.method
        def reach(x: float, speed: float = 1.0) -> float:
            return x * speed

        service.method_as(lambda *angles: None, "bend")
        self.serve(service)
        told = self.client().call("list_methods", address="arm-service")
        self.assertEqual(
            told,
            [
                {"name": "bend", "parameters": ["*angles"]},
                {"name": "reach", "parameters": ["x", "speed"]},
            ],
        )
        # The decorator has left it as it was.
        self.assertEqual(reach(2, speed=3), 6)

    def test_no_more_run_at_once_than_it_has_workers(self):
        self.robot()
        service = self.service("busy", workers=2)
        began, go = queue.SimpleQueue(), threading.Semaphore(0)

        @service.method
        def work(number):
            began.put(number)
            go.acquire(timeout=LIMIT)
            return number

        self.serve(service)
        peer = self.peer()
        for number in range(5):
            peer.send_multipart(
                [b"busy-service", request(number, method="work", id_=number)]
            )
        # Calls that need no worker are answered meanwhile.
        none = self.ask(peer, request(method="fly"), b"busy-service")
        self.assertEqual(none[2][0], "no such method exists")
        told = self.ask(peer, request(method="list_methods"), b"busy-service")
        self.assertEqual(told[3][0]["name"], "work")
        first = {began.get(timeout=LIMIT), began.get(timeout=LIMIT)}
        self.assertEqual(first, {0, 1})
        self.assertTrue(began.empty())
        done = set()
        for number in (2, 3, 4):
            go.release()
            done.add(self.answer(peer)[3])
            self.assertEqual(began.get(timeout=LIMIT), number)
        go.release(2)
        done |= {self.answer(peer)[3], self.answer(peer)[3]}
        self.assertEqual(done, {0, 1, 2, 3, 4})

    def test_a_call_that_waits_for_a_worker_does_not_time_out(self):
        self.robot()
        service = self.service("slow", workers=1, timeout=2.0)
        service.method_as(lambda: time.sleep(0.6), "nap")
        self.serve(service)
        peer = self.peer()
        for number in range(5):
            peer.send_multipart(
                [b"slow-service", request(method="nap", id_=number)]
            )
        answers = [self.answer(peer) for _ in range(5)]
        self.assertEqual(answers, [[1, x, None, None] for x in range(5)])

    def test_it_comes_back_with_a_runtime_that_comes_back(self):
        robot = self.robot()
        service = self.echo()
        self.serve(service)
        peer = self.peer()
        self.assertEqual(self.ask(peer, request(1)), [1, 1, None, [1]])
        robot.kill()
        robot.wait()
        self.robot()
        self.wait_until(lambda: "echo-service" in self.services())
        again = self.peer()
        self.assertEqual(self.ask(again, request(2)), [1, 1, None, [2]])

    def test_options_come_from_the_configuration(self):
        script = (
            "import time\n"
            "from robot_runtime import Service, notify\n"
            "service = Service()\n"
            "service.method_as(time.sleep, 'sleep')\n"
            "service.run(ready=notify.ready)\n"
        )
        self.options.append("--service.timeout=150ms")
        self.options.append("--service.max-payload=20")
        self.robot(child={"command": self.python(script), "ready": "notify"})
        self.wait_ready()
        peer = self.peer()
        name = b"child-service"
        answer = self.ask(peer, request(1000, method="sleep"), name)
        self.assertEqual(answer[2], ["method timed out", {"timeout": 0.15}])
        answer = self.ask(peer, request("x" * 20), name)
        self.assertIn("the limit of 20 bytes", answer[2][1]["error"])


if __name__ == "__main__":
    run_tests()
