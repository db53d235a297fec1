#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Calls by the Python package through a real router.
usage: python_call.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import os
import threading

import cbor2
import zmq

from python_case import LIMIT, PythonCase, elapsed
from robot_case import run_tests

VALUES = [
    None, True, False, 0, -1, (1 << 64) - 1, -(1 << 63), 1.5, "",
    "grün, 緑, 🤖", b"", b"\0\xff", [], {}, {"ключ": [1, {"a": b"\7"}]},
    float("inf"),
]


class PythonCall(PythonCase):
    def test_a_child_calls_by_what_its_environment_says(self):
        script = (
            "from robot_runtime import CallError, call\n"
            "print(call('ping'))\n"
            "try:\n"
            "    call('dance', 1)\n"
            "except CallError as error:\n"
            "    print(error.message, error.context, sep='|')\n"
            "    print(error, flush=True)\n"
            "signal.pause()\n"
        )
        robot = self.robot(child={"command": self.python(script)})
        self.assertEqual(self.printed(robot), "pong")
        said = "no such method exists|{'method': 'dance'}"
        self.assertEqual(self.printed(robot), said)
        said = 'no such method exists {"method": "dance"}'
        self.assertEqual(self.printed(robot), said)

    def test_values_come_back_as_they_are(self):
        self.robot()
        echo = self.service("echo")
        echo.method_as(lambda *args: list(args), "echo")
        self.serve(echo)
        client = self.client()
        for value in VALUES:
            answer = client.call(
                "echo", value, address="echo-service", timeout=LIMIT
            )
            self.assertEqual(answer, [value])
            self.assertIs(type(answer[0]), type(value))
        self.assertEqual(client.call("echo", (1, 2), address="echo-service"),
                         [[1, 2]])

    def test_what_cannot_be_sent_is_said_with_its_reason(self):
        self.robot()
        client = self.client()
        deep = []
        for _ in range(31):
            deep = [deep]
        for value, why in (
            ({1, 2}, "args: set is no type that can be sent"),
            (1 << 64, "args: an integer is beyond 64 bits"),
            ({"a": {5: 1}}, "args: a key is of type int, and not text"),
            ("\udc80", "args: text is not UTF-8"),
            (deep, "args: nesting is too deep"),
            (b"x" * 1048576, "has 1048590 bytes, more than 1048576"),
        ):
            with self.assertRaises(ValueError) as raised:
                client.call("ping", value)
            self.assertEqual(
                str(raised.exception), f"ping: cannot be sent: {why}"
            )
        self.assertEqual(client.call("ping", timeout=LIMIT), "pong")

    def test_no_answer_is_a_time_out(self):
        from robot_runtime import CallError, CallTimeout

        self.robot()
        silent = self.socket(zmq.DEALER, self.backend, b"silent-service")
        self.wait_until(lambda: "silent-service" in self.services())
        client = self.client()
        with self.assertRaises(CallTimeout) as raised:
            client.call("x", address="silent-service", timeout=0.2)
        self.assertIsInstance(raised.exception, CallError)
        self.assertEqual(
            str(raised.exception),
            'x of silent-service timed out {"timeout": 0.2}',
        )
        self.assertEqual(len(silent.recv_multipart()), 2)
        for bad in (0, -1, float("nan"), float("inf")):
            with self.assertRaisesRegex(ValueError, "^timeout: expected"):
                client.call("x", timeout=bad)

    def test_an_address_that_nobody_holds_is_an_error_at_once(self):
        from robot_runtime import CallError, CallTimeout

        self.robot()
        client = self.client()
        with self.assertRaises(CallError) as raised:
            client.call("x", address="nobody-service", timeout=1000.0)
        self.assertNotIsInstance(raised.exception, CallTimeout)
        self.assertEqual(raised.exception.message, "nobody holds that address")
        self.assertEqual(
            raised.exception.context, {"address": "nobody-service"}
        )

    def test_what_could_not_leave_does_not_reach_a_later_runtime(self):
        from robot_runtime import CallTimeout

        client = self.client()
        for send in (client.call, client.notify):
            with self.assertRaisesRegex(CallTimeout, "no router at ipc:") as x:
                send("tell", address="ear-service", timeout=0.05)
            self.assertTrue(x.exception.context["unsent"])
        heard = []
        self.robot()
        ear = self.service("ear")
        ear.method_as(lambda *args: heard.append(args), "tell")
        self.serve(ear)
        # By the same connection, and so after what might still have come.
        client.call("tell", 1, address="ear-service", timeout=LIMIT)
        self.assertEqual(heard, [(1,)])

    def test_only_the_answer_to_a_call_is_one(self):
        self.robot()
        liar = self.socket(zmq.DEALER, self.backend, b"liar-service")
        self.wait_until(lambda: "liar-service" in self.services())
        client = self.client()
        answers = []
        caller = threading.Thread(
            target=lambda: answers.append(
                client.call("x", address="liar-service", timeout=LIMIT)
            )
        )
        caller.start()
        sender, payload = liar.recv_multipart()
        _, number, _, _ = cbor2.loads(payload)
        for payload in (
            b"\xff" * 10,
            b"\x81" * 100_000,
            b"",
            cbor2.dumps([0, number, "x", []]),
            cbor2.dumps([1, number + 1000, None, "another"]),
            cbor2.dumps([1, number, ["wrong", {}], 5]),
            cbor2.dumps([1, number, None, "right"]),
            cbor2.dumps([1, number, None, "again"]),
        ):
            liar.send_multipart([sender, payload])
        caller.join(LIMIT)
        self.assertEqual(answers, ["right"])
        self.assertEqual(client.call("ping", timeout=LIMIT), "pong")

    def test_threads_call_at_the_same_time(self):
        self.robot()
        meeting = threading.Barrier(8, timeout=LIMIT)
        service = self.service("meeting", workers=8)

        @service.method
        def meet(number):
            meeting.wait()
            return number

        self.serve(service)
        client = self.client()
        answers = {}

        def run(number):
            for turn in range(20):
                asked = number * 1000 + turn
                answers[asked] = client.call(
                    "meet", asked, address="meeting-service", timeout=LIMIT
                )

        threads = [
            threading.Thread(target=run, args=(number,)) for number in range(8)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(LIMIT)
        self.assertEqual(len(answers), 160)
        self.assertEqual(list(answers), list(answers.values()))

    def test_a_forked_child_has_connections_of_its_own(self):
        script = (
            "from robot_runtime import call\n"
            "print(call('ping'), flush=True)\n"
            "child = os.fork()\n"
            "for _ in range(200): assert call('ping') == 'pong'\n"
            "if child == 0:\n"
            "    print('forked', call('ping'), flush=True)\n"
            "    sys.exit(0)\n"
            "assert os.waitpid(child, 0)[1] == 0\n"
            "print('parent', call('ping'), flush=True)\n"
            "signal.pause()\n"
        )
        robot = self.robot(child={"command": self.python(script)})
        said = [self.printed(robot) for _ in range(3)]
        self.assertEqual(said, ["pong", "forked pong", "parent pong"])

    def test_identities_are_unique_unless_one_is_given(self):
        robot = self.robot()
        os.environ["RR_APPLICATION_NAME"] = "pupil"
        self.addCleanup(os.environ.pop, "RR_APPLICATION_NAME")
        for how in ({}, {}, {"identity": "me"}):
            client = self.client(**how)
            self.assertEqual(client.call("ping", timeout=LIMIT), "pong")
        met = [
            x["sender_id"]
            for x in self.events(robot)
            if x["event"] == "Router connected to endpoint"
        ]
        unique = rf"^pupil-client-{os.getpid()}-[0-9a-f]{{8}}$"
        ours = [x for x in met if x.startswith("pupil-client")]
        self.assertEqual(len(set(ours)), 2, met)
        for each in ours:
            self.assertRegex(each, unique)
        self.assertIn("me", met)

    def test_one_identity_makes_one_call_after_the_other(self):
        from robot_runtime import CallTimeout

        self.robot()
        go = threading.Event()
        began = threading.Event()
        service = self.service("slow")

        @service.method
        def wait():
            began.set()
            return go.wait(LIMIT)

        self.serve(service)
        client = self.client(identity="one")
        first = threading.Thread(
            target=client.call,
            args=("wait",),
            kwargs={"address": "slow-service", "timeout": LIMIT},
        )
        first.start()
        self.assertTrue(began.wait(LIMIT))
        with self.assertRaisesRegex(CallTimeout, "another call of one") as x:
            client.call("ping", timeout=0.1)
        self.assertTrue(x.exception.context["unsent"])
        go.set()
        first.join(LIMIT)
        self.assertEqual(client.call("ping", timeout=LIMIT), "pong")

    def test_what_is_wrong_with_the_surroundings_is_said(self):
        call = "from robot_runtime import call, Client; "
        for environment, script, error in (
            ({}, "call('ping')",
             "NoRuntime: RR_ROUTER_FRONTEND is not set: start this program by"),
            ({"RR_ROUTER_FRONTEND": "here"}, "call('ping')",
             "ValueError: cannot connect to here: "),
            ({"RR_ROUTER_FRONTEND": "ipc://a", "RR_ROUTER_MAX_MESSAGE": "x"},
             "call('ping')",
             "ValueError: environment: RR_ROUTER_MAX_MESSAGE: expected a whole"
             " number of at least 1, got 'x'"),
            ({"RR_ROUTER_FRONTEND": "ipc://a"}, "Client(identity='')",
             "ValueError: identity '': must have 1 to 255 bytes"),
        ):
            done = self.run_script(call + script, **environment)
            last = done.stderr.splitlines()[-1]
            self.assertIn(error, last)

    def test_of_several_addresses_an_ipc_one_is_taken(self):
        from robot_runtime import environment

        for listed, expected in (
            ("tcp://*:6000 ipc:///tmp/a ipc:///tmp/b", "ipc:///tmp/a"),
            ("tcp://*:6000 tcp://10.0.0.1:7", "tcp://127.0.0.1:6000"),
            (["tcp:// *:6000"], "tcp:// *:6000"),
            ("tcp://*x:6000", "tcp://*x:6000"),
        ):
            self.assertEqual(environment.connection("X", listed), expected)

    def test_a_call_that_is_interrupted_leaves_the_next_ones_alone(self):
        script = (
            "from robot_runtime import call\n"
            "def stop(*_): raise KeyError('stopped')\n"
            "signal.signal(signal.SIGALRM, stop)\n"
            "signal.setitimer(signal.ITIMER_REAL, 0.1)\n"
            "try:\n"
            "    call('x', address='silent-service', timeout=1000.0)\n"
            "except KeyError as error:\n"
            "    print(error)\n"
            "print(call('ping'), flush=True)\n"
            "signal.pause()\n"
        )
        robot = self.robot(
            silent={"command": ["/bin/sleep", "1000"]},
        )
        self.socket(zmq.DEALER, self.backend, b"silent-service")
        self.wait_until(lambda: "silent-service" in self.services())
        self.environment["RR_ROUTER_FRONTEND"] = self.frontend
        child = self.spawn(self.python(script))
        said = child.stdout.readline() + child.stdout.readline()
        self.assertEqual(said, "'stopped'\npong\n")
        self.assertIsNone(robot.poll())

    def test_a_call_that_has_half_left_spoils_no_other_one(self):
        self.robot()
        client = self.client()
        self.assertEqual(client.call("ping", timeout=LIMIT), "pong")
        with self.assertRaises(KeyError):
            with client._connection({}, 1.0, 0.0) as connection:
                connection.socket.send(b"broker-service", zmq.SNDMORE)
                raise KeyError
        self.assertEqual(client.call("ping", timeout=LIMIT), "pong")

    def test_the_end_of_a_program_waits_for_what_it_has_told(self):
        self.robot()
        heard = []
        ear = self.service("ear")
        ear.method_as(lambda i, _: heard.append(i), "tell")
        self.serve(ear)
        script = (
            "from robot_runtime import Client\n"
            "with Client() as client:\n"
            "    for i in range(100):\n"
            "        client.notify('tell', i, b' ' * 20000, "
            "address='ear-service')\n"
        )
        done = self.run_script(script, RR_ROUTER_FRONTEND=self.frontend)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.wait_until(lambda: len(heard) == 100)
        # Several threads have taken them.
        self.assertEqual(sorted(heard), list(range(100)))

    def test_without_a_router_the_end_of_a_program_waits_for_nothing(self):
        script = (
            "from robot_runtime import CallTimeout, call\n"
            "try: call('ping', timeout=0.01)\n"
            "except CallTimeout: print('no router')\n"
        )
        def run():
            done = self.run_script(
                script, RR_ROUTER_FRONTEND=f"ipc://{self.folder}/none"
            )
            self.assertEqual(done.stdout, "no router\n")

        self.assertLess(elapsed(run), LIMIT / 2)


if __name__ == "__main__":
    run_tests()
