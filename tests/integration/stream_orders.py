#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What pages of the real runtime may do: drive it, give orders, stop it.
usage: stream_orders.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import threading

from robot_case import LIMIT, MOTOR, run_tests
from stream_case import Page, StreamCase, Sticks

SLEEPER = '["/bin/sleep", "1000"]'


class Driving(StreamCase):
    def setUp(self):
        super().setUp()
        self.options.append("--control.timeout=1s")

    def shown(self):
        pad = self.gamepad()
        return pad and (pad["connected"], pad["params"]["joystick_left_x"])

    def hears_packets(self, count):
        accepted = lambda: self.status()["control"]["accepted"]
        before = accepted()
        self.wait_until(lambda: accepted() >= before + count)

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
        self.hears_packets(3)
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

    def test_why_it_stopped_before_is_what_explain_says(self):
        script = (f"until test -e {self.folder}/go; do sleep 0.05; done;"
                  " echo empty; exit 255")
        robot = self.start_robot(
            f"--process.battery.command={json.dumps(['/bin/sh', '-c', script])}")
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)
        self.start_robot()
        page = Page(self)
        one = page.ask("explain")["ends"]
        ends = page.ask("explain", last=8)["ends"]
        shown = self.run_command("explain", "--last=8", "--format=json")
        self.assertEqual(ends, [json.loads(x) for x in shown.stdout.splitlines()])
        self.assertEqual(one, ends)
        self.assertEqual(ends[0]["exit_code"], 255)
        self.assertIn(["empty"],
                      [x.get("last_lines") for x in ends[0]["causes"]])
        for last in (0, 9, "1", None):
            wrong = page.ask("explain", last=last)
            self.assertIn("from 1 to 8", wrong["error"])

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
            page.hear_until(lambda: page.values.get(str(MOTOR), {}).get(
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
        status = self.status()
        self.assertEqual(status["web"]["malformed"], 5)
        # What is no JSON is of no gamepad.
        page.say_text('{"type":"gamepad","index":0,"lx":"left"}')
        self.assertTrue(page.hear("error")["error"])
        page.say_text('{"type":"gamepad","index":99}')
        self.assertTrue(page.hear("error")["error"])
        before, status = status, self.status()
        self.assertEqual(status["control"]["malformed"],
                         before["control"]["malformed"] + 2)
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
