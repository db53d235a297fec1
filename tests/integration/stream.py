#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Pages around the real runtime: what they are told, and what they may do.
usage: stream.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import itertools
import json
import os
import signal
import socket
import threading
import time

import cbor2
import websocket
import zmq

from robot_case import LIMIT, MOTOR, run_tests
from stream_case import Page, StreamCase, Sticks, lasting

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


class Driving(StreamCase):
    def setUp(self):
        super().setUp()
        self.options.append("--control.timeout=1s")

    def shown(self):
        pad = self.gamepad()
        return pad and (pad["connected"], pad["params"]["joystick_left_x"])

    def test_a_gamepad_drives_and_silence_neutralises(self):
        self.start_robot()
        page = Page(self)
        self.assertIsNone(page.hear("control")["driver"])
        sticks = Sticks(page, lx=0.5, ly=0, rx=0, ry=0, btn=2)
        told = page.hear("control", lambda x: x["gamepads"].get("0"))
        self.assertEqual((told["driver"], told["you"]), (page.name, True))
        self.assertEqual(told["gamepads"]["0"]["lx"], 0.5)
        self.assertEqual(told["gamepads"]["0"]["btn"], 2)
        self.wait_until(lambda: self.shown() == (True, 0.5))
        self.assertEqual(self.status()["control"]["driver"], page.name)
        sticks.fall_silent()
        told = page.hear("control", lambda x: not x["driver"])
        self.assertEqual(told["gamepads"]["0"]["connected"], False)
        self.assertEqual(told["gamepads"]["0"]["lx"], 0)
        self.assertEqual(self.shown(), (False, 0))

    def test_a_connection_that_closes_is_a_silence(self):
        self.start_robot()
        page, other = Page(self), Page(self)
        sticks = Sticks(page, lx=0.5, btn=0)
        other.hear("control", lambda x: x["driver"] == page.name)
        page.socket.shutdown()
        sticks.fall_silent()
        told = other.hear("control", lambda x: not x["driver"])
        self.assertEqual(told["gamepads"]["0"]["connected"], False)

    def test_two_drivers_and_who_takes_control(self):
        robot = self.start_robot("--log.format=json")
        first, second = Page(self), Page(self)
        drives = Sticks(first, lx=0.5, btn=0)
        second.hear("control", lambda x: x["driver"] == first.name)
        waits = Sticks(second, lx=-0.5, btn=0)
        self.wait_until(
            lambda: self.status()["control"]["other_driver"] > 3)
        self.assertEqual(self.shown(), (True, 0.5))
        self.assertEqual(second.ask("take_control")["type"], "done")
        told = second.hear("control", lambda x: x["you"])
        self.assertEqual(told["driver"], second.name)
        # It has to show its stick at rest.
        waits.pad = {"lx": 0, "btn": 0}
        time.sleep(0.1)
        waits.pad = {"lx": -0.5, "btn": 0}
        self.wait_until(lambda: self.shown() == (True, -0.5))
        told = first.hear("control", lambda x: x["driver"] == second.name)
        self.assertEqual(told["you"], False)
        # The other one goes on, and is refused until this one is silent.
        waits.fall_silent()
        second.hear("control", lambda x: x["driver"] == first.name)
        drives.fall_silent()
        events = self.events(robot)
        (taken,) = [e for e in events if e["event"] == "Control taken over"]
        self.assertEqual((taken["source"], taken["from"]),
                         (second.name, first.name))

    def test_numbers_and_ages_are_checked_as_those_of_packets(self):
        self.start_robot()
        page = Page(self)
        for seq, at in ((5, 1.0), (5, 1.02), (4, 1.04), (6, 1.06)):
            page.say("gamepad", index=0, lx=0, btn=0, seq=seq, time=at)
        self.wait_until(lambda: self.status()["control"]["accepted"] == 2)
        counts = self.status()["control"]
        self.assertEqual((counts["duplicate"], counts["reordered"]), (1, 1))


class Orders(StreamCase):
    def setUp(self):
        super().setUp()
        self.options.append(f"--process.worker.command={SLEEPER}")

    def test_a_process_is_told_and_the_answer_comes_when_it_is_done(self):
        self.start_robot()
        page = Page(self)
        for what, state in (("stop", "exited"), ("start", "running"),
                            ("restart", "running")):
            done = page.ask("order", process="worker", what=what)
            self.assertEqual(done["type"], "done", done)
            self.assertEqual(done["status"]["name"], "worker")
            self.assertEqual(done["status"]["state"], state)
        wrong = page.ask("order", process="nobody", what="stop")
        self.assertEqual(wrong["type"], "error")
        self.assertEqual(wrong["error"], "no process is named nobody")

    def test_a_value_is_requested_as_by_a_person(self):
        self.options.append(f"--device.names={{ left = \"{MOTOR}\" }}")
        self.start_robot()
        self.make_motor()
        page = Page(self)
        page.ask("subscribe", values={})
        for device, value, clamped in (("left", 0.5, False),
                                       (str(MOTOR), -7, True)):
            done = page.ask("request", device=device, param="duty_cycle",
                            value=value)
            self.assertEqual((done["type"], done["clamped"]),
                             ("done", clamped), done)
            expected = max(value, -1)
            page.hear("values", lambda x: x["values"].get(str(MOTOR), {}).get(
                "requested", {}).get("duty_cycle") == expected)
            shown = json.loads(self.run_command(
                "buffers", "show", "left", "--format=json").stdout)
            self.assertEqual(shown["requested"]["duty_cycle"], expected)
        for what, why in (
            ({"device": "right", "param": "x", "value": 1}, "right is no"),
            ({"device": str(MOTOR + 1), "param": "x", "value": 1}, "not there"),
            ({"device": "left", "param": "speed", "value": 1}, "speed"),
            ({"device": "left", "param": "colour", "value": 1}, "colour"),
            ({"device": "left", "param": "duty_cycle", "value": "fast"},
             "duty_cycle"),
        ):
            wrong = page.ask("request", **what)
            self.assertEqual(wrong["type"], "error")
            self.assertIn(why, wrong["error"])


class Stops(StreamCase):
    def test_a_page_stops_the_robot_while_others_stream_and_one_stalls(self):
        self.options.append(f"--process.worker.command={SLEEPER}")
        robot = self.start_robot()
        self.make_motor()
        pages = [Page(self) for _ in range(21)]
        for page in pages:
            page.ask("subscribe", log={}, values={"uids": ["*"], "rate": 60})
        stalled, driver = pages[0], pages[1]
        readers = [threading.Thread(target=page.close_code, daemon=True)
                   for page in pages[2:]]
        for reader in readers:
            reader.start()
        done = driver.ask("estop", reason="the arm is loose")
        self.assertEqual(done["type"], "done")
        self.assertGreaterEqual(done["signal_latency_us"], 0)
        self.assertLess(done["signal_latency_us"], 1_000_000)
        self.assertEqual(robot.wait(LIMIT), 255)
        for reader in readers:
            reader.join(LIMIT)
            self.assertFalse(reader.is_alive())
        told = stalled.hear("stopped")
        self.assertEqual(told["cause"], "the arm is loose")
        self.assertEqual(told["exit_code"], 255)

    def test_a_child_that_stops_the_robot_is_named(self):
        self.options += [
            "--process.guard.command=[\"/bin/sh\", \"-c\","
            f" \"until test -e {self.folder}/go; do sleep 0.05; done;"
            " exit 255\"]"
        ]
        robot = self.start_robot()
        page = Page(self)
        (self.folder / "go").touch()
        told = page.hear("stopped")
        self.assertEqual(told["process"], "guard")
        self.assertEqual(told["exit_code"], 255)
        self.assertEqual(robot.wait(LIMIT), 255)


class Nonsense(StreamCase):
    def test_each_is_answered_and_the_tenth_closes(self):
        self.start_robot()
        page = Page(self)
        for text in ("{", "[" * 50_000, '{"type":"fly","id":7}',
                     '{"type":"estop","type":"estop"}',
                     '{"type":"gamepad","index":0,"lx":NaN}'):
            page.say_text(text)
            self.assertTrue(page.hear("error")["error"])
        # A while later it counts no more.
        self.assertEqual(page.ask("subscribe", log=None)["type"], "done")
        other = Page(self)
        for _ in range(10):
            other.say_text("nonsense")
        self.assertEqual(other.close_code(), 1008)
        self.assertEqual(self.status()["state"], "running")
        self.assertEqual(page.ask("take_control")["type"], "done")

    def test_a_message_beyond_64_kib_closes(self):
        self.start_robot()
        page = Page(self)
        page.say_text("[" + " " * 70_000 + "]")
        self.assertEqual(page.close_code(), 1009)


if __name__ == "__main__":
    run_tests()
