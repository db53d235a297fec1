#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Pages around the real runtime: what they are told.
usage: stream.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import itertools
import os
import signal
import socket
import threading
import time

import cbor2
import websocket
import zmq

from robot_case import LIMIT, MOTOR, run_tests
from stream_case import Page, StreamCase, lasting

SLEEPER = '["/bin/sleep", "1000"]'


class State(StreamCase):
    def setUp(self):
        super().setUp()
        self.options += [
            f"--process.worker.command={SLEEPER}",
            f"--process.other.command={SLEEPER}",
            "--process.other.after=[\"worker\"]",
        ]

    def test_the_state_is_whole_at_first_and_the_same_as_status(self):
        self.start_robot()
        page = Page(self)
        first = page.next()
        while first["type"] != "state":
            first = page.next()
        self.assertEqual(first["seq"], 1)
        self.assertEqual(set(first["state"]), set(self.status()))
        self.assertIn("cpu", page.processes()["worker"])

    def agrees(self, page):
        page.next()
        return lasting(page.state) == lasting(self.status())

    def test_changes_merged_are_what_status_says(self):
        self.start_robot()
        page = Page(self)
        page.hear("state")
        for order, name in (("restart", "worker"), ("stop", "other"),
                            ("start", "other"), ("stop", "worker")):
            done = self.run_command(order, name)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.wait_until(lambda: self.agrees(page))
        self.assertEqual(page.processes()["worker"]["state"], "exited")
        self.assertEqual(page.processes()["other"]["state"], "running")
        # The figures come, too, by themselves.
        uptime = page.state["uptime"]
        page.hear_until(lambda: page.state["uptime"] > uptime + 1)

    def test_no_state_of_a_process_is_missed(self):
        self.options += [
            "--process.flapping.command=[\"/bin/sh\", \"-c\", \"exit 3\"]",
            "--process.flapping.restart=\"always\"",
            "--process.flapping.restart-delay=1ms",
            "--process.flapping.restart-max-delay=1ms",
            "--process.flapping.restart-limit=40",
            "--process.flapping.on-failure=\"ignore\"",
            "--process.flapping.ready=\"started\"",
            "--process.flapping.after=[\"gate\"]",
            f"--process.gate.command={SLEEPER}",
            "--process.gate.ready=\"probe\"",
            f"--process.gate.probe=[\"/usr/bin/test\", \"-e\","
            f" \"{self.folder}/open\"]",
            "--process.gate.probe-interval=50ms",
            "--process.gate.ready-timeout=60s",
        ]
        robot = self.start("run")
        self.wait_until(lambda: self.run_command("status").returncode == 0)
        page = Page(self)
        page.hear("state")
        (self.folder / "open").touch()
        page.hear_until(
            lambda: page.processes()["flapping"]["state"] == "failed")
        states = [state for name, state in page.states if name == "flapping"]
        self.assertEqual(states[0], "waiting")
        self.assertEqual(states[-1], "failed")
        lives = page.processes()["flapping"]["restarts"] + 1
        self.assertGreater(lives, 30)
        self.assertEqual(states.count("starting"), lives)
        self.assertEqual(states.count("running"), lives)
        self.assertEqual(states.count("restarting"), lives - 1)
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_an_orderly_stop_is_told_to_its_end(self):
        robot = self.start_robot()
        page = Page(self)
        page.hear_until(lambda: page.state and page.state["state"] == "running")
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(page.close_code(), 1001)
        self.assertEqual(page.state["state"], "stopping")
        steps = [state for name, state in page.states if name == "other"]
        self.assertEqual(steps[-2:], ["terminating", "exited"])


class Log(StreamCase):
    def setUp(self):
        super().setUp()
        self.talker = self.folder / "talker"
        self.options += [
            "--process.talker.command=[\"/bin/sh\", \"-c\","
            f" \"while read x; do echo line-$x; done <{self.talker}\"]"
        ]
        os.mkfifo(self.talker)

    def say(self, numbers):
        with open(self.talker, "w") as talker:
            talker.writelines(f"{i}\n" for i in numbers)

    def lines(self, page, last):
        """Lines of the talker until the last one, and how many were missed."""
        lines, missed = [], 0
        while last not in lines:
            told = page.hear("log")
            missed += told["missed"]
            lines += [e["event"] for e in told["events"]
                      if e.get("process") == "talker"
                      and e["event"].startswith("line-")]
        return lines, missed

    def test_the_past_and_then_what_happens(self):
        self.start_robot()
        early = Page(self)
        self.assertEqual(early.ask("subscribe", log={"level": "info"})["type"],
                         "done")
        past = []
        while "Process started" not in [e["event"] for e in past]:
            past += early.hear("log")["events"]
        for event in past:
            self.assertLessEqual({"event", "level", "timestamp", "app"},
                                 set(event))
        self.say(range(50))
        lines, missed = self.lines(early, "line-49")
        self.assertEqual(lines, [f"line-{i}" for i in range(50)])
        self.assertEqual(missed, 0)
        late = Page(self)
        late.say("subscribe", log={"level": "info"})
        self.assertEqual(self.lines(late, "line-49"), (lines, 0))
        self.assertEqual(late.ask("subscribe", log={"level": "warning"})["type"],
                         "done")
        loud = late.hear("log")["events"]
        self.assertTrue(loud)
        self.assertNotIn("info", {e["level"] for e in loud})

    def test_what_others_publish_is_told(self):
        self.start_robot()
        page = Page(self)
        page.ask("subscribe", log={})
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        publisher = context.socket(zmq.PUB)
        publisher.connect(f"ipc://{self.folder}/run/log.sock")
        over = threading.Event()

        def publish():
            # Until somebody has subscribed.
            for i in itertools.count(1):
                event = {"event": "arm is warm", "level": "info", "app": "arm",
                         "celsius": 61.5, "source": "test", "seq": i}
                publisher.send_multipart(
                    [b"info", cbor2.dumps([2, "info", [event]])])
                if over.wait(0.05):
                    return

        thread = threading.Thread(target=publish)
        thread.start()
        try:
            event = None
            while not event:
                event = next((e for e in page.hear("log")["events"]
                              if e["event"] == "arm is warm"), None)
        finally:
            over.set()
            thread.join()
        self.assertEqual((event["app"], event["celsius"]), ("arm", 61.5))

    def test_who_reads_late_is_told_what_it_has_missed(self):
        self.start_robot()
        reader, late = Page(self), Page(self)
        for page in (reader, late):
            page.ask("subscribe", log={"level": "info"})
        count = 60_000
        writer = threading.Thread(target=self.say, args=(range(count),))
        writer.start()
        self.lines(reader, f"line-{count - 1}")
        writer.join()
        lines, missed = self.lines(late, f"line-{count - 1}")
        self.assertGreater(missed, 0)
        self.assertLess(len(lines), count)
        numbers = [int(line[5:]) for line in lines]
        self.assertEqual(numbers, sorted(set(numbers)))


class Values(StreamCase):
    def test_values_come_and_the_latest_wins(self):
        self.start_robot()
        from robot_runtime import buffers

        motor = self.motor()
        page = Page(self)
        done = page.ask("subscribe", values={"uids": ["*"], "rate": 20})
        self.assertEqual(done["type"], "done")
        (device,) = page.hear("devices")["devices"]
        self.assertEqual((device["uid"], device["type"]), (str(MOTOR), "motor"))
        duty_cycle = device["params"][0]
        self.assertEqual(duty_cycle["name"], "duty_cycle")
        self.assertEqual((duty_cycle["lower"], duty_cycle["safe"]), (-1, 0))
        first = page.hear("values")
        self.assertEqual(first["values"][str(MOTOR)]["current"]["speed"], 0)
        for i in range(1000):
            motor.set("speed", i + 1)
        told = page.hear(
            "values",
            lambda x: x["values"][str(MOTOR)]["current"]["speed"] == 1000)
        self.assertEqual(set(told["values"][str(MOTOR)]),
                         {"current", "requested"})
        # A device more.
        other = buffers.open("motor", MOTOR + 1, create=True)
        self.addCleanup(other.close)
        page.hear("devices", lambda x: len(x["devices"]) == 2)
        page.hear("values", lambda x: str(MOTOR + 1) in x["values"])
        # A UID may be written in hexadecimal, as people and commands do.
        page.ask("subscribe", values={"uids": [f"{MOTOR:#x}"], "rate": 20})
        told = page.hear("values")
        self.assertEqual(list(told["values"]), [str(MOTOR)])
        self.assertEqual(page.ask("subscribe", values=None)["type"], "done")

    def motor(self):
        self.make_motor()
        from robot_runtime import buffers

        motor = buffers.open("motor", MOTOR)
        self.addCleanup(motor.close)
        return motor

    def test_a_page_that_does_not_read_slows_nobody_and_is_closed(self):
        flood = ("import time\nwhile True:\n print('x' * 3000 + '\\n', end='',"
                 " flush=True)\n time.sleep(0.0005)")
        (self.folder / "flood.py").write_text(flood)
        self.options.append("--process.flood.command=[\"/usr/bin/python3\", "
                            f"\"{self.folder}/flood.py\"]")
        self.start_robot()
        motor = self.motor()
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
        stalled, reader = Page(self, sockopt=small), Page(self)
        stalled.ask("subscribe", log={}, values={"rate": 60})
        reader.ask("subscribe", values={"rate": 60})
        gaps = []
        last = begun = time.monotonic()
        for i in itertools.count():
            motor.set("speed", i)
            reader.hear("values")
            gaps.append(time.monotonic() - last)
            last += gaps[-1]
            if i % 60 == 59 and self.status()["web"]["websockets"] == 1:
                break
            self.assertLess(last - begun, 4 * LIMIT, "it was never closed")
        self.assertGreater(len(gaps), 100)
        self.assertLess(sorted(gaps)[len(gaps) // 2], 1)
        self.assertLess(max(gaps), 5)
        self.assertEqual(self.status()["web"]["slow"], 1)
        with self.assertRaises((OSError, websocket.WebSocketException,
                                AssertionError)):
            while True:
                self.assertTrue(stalled.socket.recv())


if __name__ == "__main__":
    run_tests()
