#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs on the Application, alone and under the real runtime: the example
arm, the example student, and the tests' own peer.
usage: peer.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import cbor2

from peer_case import LIMIT, PeerCase, Program, PythonPeer


class Alone(PeerCase):
    """Without a runtime: what it picks, and how it ends."""

    def test_it_ends_with_0_on_each_signal_that_stops(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            peer = self.peer("serve", "call")
            peer.wait_for("set up")
            self.assertEqual(peer.stop(number), 0)
            self.assertEqual(peer.lines[-1], "returned")
            self.assertEqual(peer.errors(), "")

    def test_a_stray_signal_ends_nothing(self):
        peer = self.peer("serve")
        peer.wait_for("set up")
        for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGRTMAX):
            peer.child.send_signal(number)
            peer.wait_for("Signal ignored")
        self.assertEqual(peer.stop(), 0)

    def test_it_stops_when_it_wants_to(self):
        peer = self.peer("stop")
        self.assertEqual(peer.wait(), 0)
        last = peer.events()[-1]
        self.assertEqual(last["event"], "Application is exiting")
        self.assertEqual(last["reason"], "nothing to do")
        # It has made no log publisher, and says so of none.
        names = [x["event"] for x in peer.events()]
        self.assertNotIn("Log publisher configured", names)

    def test_an_emergency_stop_ends_it_with_the_code(self):
        cases = ("spin-emergency", "emergency", "emergency-soon")
        for case, code in itertools.product(cases, (255, 77)):
            with self.subTest(case=case, code=code):
                # A busy machine must not make it end before it has told.
                peer = self.peer(
                    case,
                    RR_EMERGENCY_STOP_EXIT_CODE=str(code),
                    RR_EMERGENCY_STOP_TERMINATE_TIMEOUT="10s",
                )
                self.assertEqual(peer.wait(), code)
                names = [x["event"] for x in peer.events()]
                self.assertIn("Received emergency stop", names)

    def test_a_function_that_fails_ends_it_with_1(self):
        peer = self.peer("spin-failure")
        self.assertEqual(peer.wait(), 1)
        self.assertIn("no sensor", peer.events()[-1]["reason"])

    def test_bad_options_are_told_and_end_it_with_2(self):
        peer = self.peer(RR_CLIENT_TIMEOUT="soon")
        self.assertEqual(peer.wait(), 2)
        self.assertRegex(
            peer.errors(), r"\Aenvironment: \[client\] timeout: .*\n\Z"
        )
        peer = self.peer("--log.level=loud")
        self.assertEqual(peer.wait(), 2)
        self.assertIn("command line: [log] level", peer.errors())

    def test_processes_of_the_file_are_none_of_its_business(self):
        file = self.folder / "robot.ini"
        file.write_text('[process.gone]\ncommand = ["/nowhere/at-all"]\n')
        peer = self.peer("stop", RR_CONFIG_FILE=str(file))
        self.assertEqual(peer.wait(), 0)
        self.assertEqual(peer.errors(), "")

    def test_a_set_up_that_fails_ends_it_with_1_and_a_line(self):
        for arguments, text in (
            (["throw"], "no motor"),
            (["serve", "serve"], "serve: a program has one service"),
            (["fail"], "cannot open /dev/motor: no such file or directory"),
            (["spin-never"], "expected an interval above zero"),
            (["outlive", "throw"], "no motor"),
        ):
            with self.subTest(arguments=arguments):
                peer = self.peer(*arguments)
                self.assertEqual(peer.wait(), 1)
                self.assertRegex(
                    peer.errors(), rf"\Atest-peer: .*{text}\n\Z"
                )
        # Whichever of the client's actors ends first says so.
        late = [line for line in peer.lines if line.startswith("late: ")]
        self.assertRegex("".join(late), "^late: .*the client has ended$")

    def test_help_and_version_open_nothing(self):
        bad = {"RR_CLIENT_TIMEOUT": "soon"}
        for word in ("--help", "-h"):
            peer = self.peer("serve", word, "throw", **bad)
            self.assertEqual(peer.wait(), 0)
            self.assertEqual(peer.errors(), "")
            text = "\n".join(peer.lines)
            self.assertIn("Usage: test-peer", text)
            self.assertIn("--client.timeout=5s", text)
            self.assertNotIn("set up", text)
        peer = self.peer("--version", **bad)
        self.assertEqual(peer.wait(), 0)
        version, *rest = peer.lines
        self.assertRegex(version, r"\Atest-peer \(robot-runtime [0-9.]+\)\Z")
        self.assertEqual(rest, ["returned"])

    def test_help_that_cannot_be_written_is_a_failure(self):
        for word in ("--help", "--version"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [self.build / "bin" / "test-peer", word],
                    stdout=full,
                    timeout=LIMIT,
                )
            self.assertEqual(done.returncode, 1)

    def test_what_runs_on_an_actor_does_not_wait_for_an_answer(self):
        self.peer("route", "serve-asking")
        client = self.client()
        self.assertEqual(client.call("robot-service", "ping"), (None, "pong"))
        error, _ = client.call("robot-service", "ask")
        self.assertIn("cannot wait for an answer", error[1]["error"])
        answer = client.call("robot-service", "ask_on_worker")
        self.assertEqual(answer, (None, [1]))
        peer = self.peer("spin-call", RR_CLIENT_TIMEOUT="1h")
        self.assertIn("cannot wait for an answer", peer.wait_for("answer: "))

    def test_what_a_method_answers_reaches_its_caller(self):
        self.peer("route", "serve")
        client = self.client()
        self.assertEqual(client.call("robot-service", "ping"), (None, "pong"))
        error, _ = client.call("robot-service", "latin")
        self.assertEqual(error[0], "method produced an error")
        self.assertEqual(error[1], {"error": "result: text is not UTF-8"})

    def test_a_socket_that_cannot_be_made_ends_it_with_1_and_a_line(self):
        file = self.folder / "robot.ini"
        bad = "options = { REQ_RELAXED = 1 }\n"
        file.write_text(f"[client]\n{bad}[service]\n{bad}")
        for what in ("call", "serve"):
            peer = self.peer(what, RR_CONFIG_FILE=str(file))
            self.assertEqual(peer.wait(), 1)
            self.assertRegex(
                peer.errors(), r"\Atest-peer: socket option REQ_RELAXED.*\n\Z"
            )

    def test_without_a_router_calls_time_out_and_it_goes_on(self):
        peer = self.peer("call", RR_CLIENT_TIMEOUT="100ms")
        for _ in range(2):
            answer = peer.wait_for("answer: ")
            self.assertIn("echo of python-service timed out", answer)
        self.assertEqual(peer.stop(), 0)

    def test_a_call_in_flight_does_not_hold_up_the_stop(self):
        peer = self.peer("outlive", "call", RR_CLIENT_TIMEOUT="1h")
        peer.wait_for("set up")
        started = time.monotonic()
        self.assertEqual(peer.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)
        self.assertIn("the client has ended", str(peer.lines))

    def test_a_router_of_its_own(self):
        peer = self.peer("route", "serve")
        client = self.client()
        answer = client.call("robot-service", "echo", 1, "x")
        self.assertEqual(answer, (None, [1, "x"]))
        second = self.peer("route")
        self.assertEqual(second.wait(), 1)
        self.assertEqual(len(second.errors().splitlines()), 1)
        self.assertEqual(peer.stop(), 0)

    def test_a_worker_that_hangs_holds_up_neither_ping_nor_stop(self):
        peer = self.peer("route", "serve")
        client = self.client()
        self.assertEqual(client.call("robot-service", "ping"), (None, "pong"))
        payload = cbor2.dumps([2, "hang_on_worker", []])
        client.socket.send_multipart([b"robot-service", payload])
        peer.wait_for("hanging")
        self.assertEqual(client.call("robot-service", "ping"), (None, "pong"))
        started = time.monotonic()
        self.assertEqual(peer.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)

    def test_an_actor_that_hangs_does_not_hold_up_an_emergency_stop(self):
        peer = self.peer("route", "serve", "emergency-when-it-hangs")
        client = self.client()
        self.assertEqual(client.call("robot-service", "ping"), (None, "pong"))
        payload = cbor2.dumps([2, "hang", []])
        client.socket.send_multipart([b"robot-service", payload])
        self.assertEqual(peer.wait(), 255)
        self.assertIn("hanging", peer.lines)
        self.assertIn("cannot end in order", peer.errors())


class UnderARuntime(PeerCase):
    """The runtime starts it and stops it."""

    def robot(self, sections: str, *arguments) -> Program:
        file = self.folder / "robot.ini"
        file.write_text(sections)
        robot = Program(
            self,
            [
                self.build / "bin" / "robot-runtime",
                "run",
                f"--config-file={file}",
                *self.options(),
                *arguments,
            ],
        )
        return robot

    def section(self, name, *command, more="") -> str:
        words = json.dumps([str(word) for word in command])
        return f"[process.{name}]\ncommand = {words}\n{more}\n"

    def arm(self) -> str:
        return self.section("arm", self.build / "examples" / "arm_service")

    def test_python_and_cpp_call_each_other(self):
        robot = self.robot(self.arm())
        client = self.client()
        student = PythonPeer(
            self, self.run_folder / "service.sock", "student-service"
        )
        robot.wait_for('"sender_id":"student-service"')
        self.assertEqual(client.call("arm-service", "position"), (None, 0.0))
        self.assertEqual(client.call("arm-service", "ping"), (None, "pong"))
        error, _ = client.call("arm-service", "move_to", 100)
        self.assertEqual(error[0], "method produced an error")
        self.assertEqual(error[1], {"error": "out of reach", "limit": 90})
        self.assertEqual(
            client.call("arm-service", "move_to", 2),
            (None, {"seconds": 0.04}),
        )
        caller, method, args = student.answer(lambda *_: "well done")
        self.assertEqual((caller, method), ("arm-client", "arrived"))
        self.assertEqual(args, [2.0])
        robot.wait_for('arrived; the student says \\"well done\\"')
        self.assertEqual(client.call("arm-service", "position"), (None, 2.0))
        self.assertEqual(robot.stop(), 0)
        self.assert_arm_exited(robot, 0)

    def assert_arm_exited(self, robot, code):
        ended = [
            x
            for x in robot.events()
            if x.get("process") == "arm" and "exit_code" in x
        ]
        self.assertEqual([x["exit_code"] for x in ended], [code] * len(ended))
        self.assertTrue(ended)

    def test_the_example_student_and_the_example_arm(self):
        student = self.source / "examples" / "student.py"
        package = self.build / "python"
        robot = self.robot(
            self.arm()
            + self.section(
                "student",
                sys.executable,
                student,
                more='after = ["arm"]\n'
                f'environment = {{ PYTHONPATH = "{package}" }}',
            ),
            f"--device.catalog={self.source}/config/catalog.yaml",
            f"--device.prefix=peer-{os.getpid()}",
        )
        robot.wait_for("moving to 30 degrees")
        robot.wait_for("the arm has arrived at 30 degrees")
        robot.wait_for('arrived; the student says \\"thank you\\"')
        self.assertEqual(robot.stop(), 0)
        robot.index("arm-service answers {'seconds':")
        # The last that started is the first that ends.
        ends = [
            x["process"]
            for x in robot.events()
            if x["event"] == "Terminated process"
        ]
        self.assertEqual(ends, ["student", "arm"])
        self.assert_arm_exited(robot, 0)

    def test_events_that_a_peer_publishes_are_in_the_log_once(self):
        robot = self.robot(
            self.section("sensor", self.build / "bin" / "test-peer", "publish")
        )
        robot.wait_for('"Process started"')
        logs = Program(
            self,
            [
                self.build / "bin" / "robot-runtime",
                "logs",
                "--format=json",
                *self.options(),
            ],
        )
        for _ in range(3):
            event = json.loads(logs.wait_for("sensor read"))
            self.assertEqual(event["event"], "sensor read")
            self.assertEqual((event["app"], event["celsius"]), ("sensor", 41))
        self.assertEqual(robot.stop(), 0)
        # The runtime prints them, too, each of them once.
        times = [
            event["timestamp"]
            for event in robot.events()
            if event["event"] == "sensor read"
        ]
        self.assertTrue(times)
        self.assertEqual(len(times), len(set(times)))

    def test_a_peer_publishes_by_default_and_prints_nothing(self):
        log = self.folder / "robot.log"
        robot = self.robot(
            self.section("sensor", self.build / "bin" / "test-peer", "say"),
            f"--log.file={log}",
        )
        robot.wait_for("sensor read")
        self.assertEqual(robot.stop(), 0)
        for lines in (robot.lines, log.read_text().splitlines()):
            events = [json.loads(line) for line in lines]
            said = [x for x in events if x["event"] == "sensor read"]
            times = [x["timestamp"] for x in said]
            self.assertTrue(times)
            self.assertEqual(len(times), len(set(times)))
            for event in said:
                self.assertEqual(event["app"], "sensor")
                self.assertEqual(event["level"], "error")
                self.assertNotIn("stream", event)
            configured = [
                x["app"]
                for x in events
                if x["event"] == "Log publisher configured"
            ]
            self.assertEqual(configured, ["robot", "sensor"])

    def test_an_emergency_stop_in_a_peer_stops_the_robot(self):
        robot = self.robot(
            self.arm() + self.section("camera", "/bin/sleep", "1000")
        )
        client = self.client()
        client.call("arm-service", "position")
        started = time.monotonic()
        payload = cbor2.dumps([2, "emergency_stop", []])
        client.socket.send_multipart([b"arm-service", payload])
        self.assertEqual(robot.wait(), 255)
        took = time.monotonic() - started
        print(f"emergency stop of a peer, call to end: {took * 1e3:.0f} ms")
        stopped = [
            x
            for x in robot.events()
            if x["event"] == "Received emergency stop"
        ]
        # The arm publishes its own, and may end before that has left.
        own = [x for x in stopped if x["app"] == "robot"]
        self.assertEqual([x["process"] for x in own], ["arm"])
        others = [x for x in stopped if x["app"] != "robot"]
        self.assertIn([x["app"] for x in others], ([], ["arm"]))


if __name__ == "__main__":
    PeerCase.source = Path(sys.argv.pop())
    PeerCase.build = Path(sys.argv.pop())
    unittest.main(verbosity=2)
