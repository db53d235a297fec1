# SPDX-License-Identifier: BSD-3-Clause
"""A robot as Foxglove's own client sees it, and its messages as JSON Schema sees
them."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from robot_case import LIMIT, MOTOR, run_tests
from web_case import TOKEN, WebCase, frame

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(__file__).with_name("foxglove_client.mjs")
MODULES = ROOT / "web" / "node_modules" / "@foxglove" / "ws-protocol"
PROTOCOLS = ("foxglove.websocket.v1", "foxglove.sdk.v1")
DEVICE = f"/devices/{MOTOR}"

try:
    import jsonschema
except ImportError:
    jsonschema = None


class Client:
    """What a client has heard so far."""

    def __init__(self, test, url, protocol, origin):
        self.test = test
        self.heard = []
        self.child = test.spawn(["node", str(CLIENT), url, protocol, origin])
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        test.addCleanup(self.reader.join)
        test.addCleanup(self.child.kill)

    def read(self):
        for line in self.child.stdout:
            self.heard.append(json.loads(line))

    def wait_for(self, what, fits=lambda x: True):
        """The first of its kind that fits."""
        found = []

        def look():
            found[:] = [x for x in list(self.heard)
                        if x["what"] == what and fits(x)]
            return found

        self.test.wait_until(look)
        return found[0]

    def message(self, topic, fits=lambda x: True):
        return self.wait_for(
            "message", lambda x: x["topic"] == topic and fits(x["message"]))

    def channel(self, topic):
        return self.wait_for(
            "advertise", lambda x: x["channel"]["topic"] == topic)["channel"]


class Foxglove(WebCase):
    def setUp(self):
        super().setUp()
        if shutil.which("node") is None:
            self.skipTest("there is no Node")
        if not MODULES.exists():
            self.skipTest("there is no web/node_modules (npm ci)")

    def connect_client(self, protocol=PROTOCOLS[0], path="/", origin=""):
        return Client(self, f"ws://{self.host}{path}", protocol, origin)

    def test_both_subprotocols_are_spoken_on_any_path(self):
        self.start_page()
        for protocol in PROTOCOLS:
            for path in ("/", "/stream", "/x/y?z=1"):
                client = self.connect_client(protocol, path)
                opened = client.wait_for("open")
                self.assertEqual(opened["subprotocol"], protocol)
                info = client.wait_for("serverInfo")["info"]
                self.assertEqual(info["name"], "robot")
                self.assertEqual(info["capabilities"], [])
                self.assertTrue(info["sessionId"])
                client.channel("/control")

    def test_the_log_is_live_and_has_what_was_before(self):
        self.start_page(
            "--process.arm.command="
            '["/bin/sh", "-c", "echo first; exec sleep 1000"]')
        client = self.connect_client()
        channel = client.channel("/log")
        self.assertEqual(channel["schemaName"], "foxglove.Log")
        self.assertEqual(channel["encoding"], "json")
        self.assertEqual(channel["schemaEncoding"], "jsonschema")
        past = client.message("/log", lambda x: x["message"] == "first")
        self.assertEqual(past["message"]["name"], "arm")
        self.assertEqual(past["message"]["level"], 2)
        at = past["message"]["timestamp"]
        self.assertAlmostEqual(at["sec"] + at["nsec"] / 1e9, past["time"], 5)
        self.assertAlmostEqual(past["time"], time.time(), delta=LIMIT)
        self.assertEqual(self.run_command("stop", "arm").returncode, 0)
        client.message(
            "/log", lambda x: x["message"].startswith("Terminated process"))

    def test_the_state_is_told_at_once_and_when_it_changes(self):
        self.start_page('--process.arm.command=["/bin/sleep", "1000"]')
        client = self.connect_client()

        def arm(state):
            return lambda x: [each["state"] for each in x["processes"]
                              if each["name"] == "arm"] == [state]

        first = client.message("/robot/state", arm("running"))["message"]
        self.assertEqual(first["state"], "running")
        self.assertEqual(self.run_command("stop", "arm").returncode, 0)
        client.message("/robot/state", arm("exited"))
        self.assertEqual(self.run_command("start", "arm").returncode, 0)
        client.message("/robot/state", lambda x: arm("running")(x)
                       and x["uptime"] > first["uptime"])

    def test_who_drives_is_told(self):
        self.start_page()
        client = self.connect_client()
        client.channel("/control")
        # Nobody, which is known before anybody has driven.
        first = client.message("/control")["message"]
        self.assertEqual(first, {"driver": "", "gamepads": {}})
        driver = self.start("gamepad", "--index=0", "--btn=1", "--rate=20")
        seen = client.message(
            "/control", lambda x: x["gamepads"].get("0", {}).get("btn") == 1)
        self.assertTrue(seen["message"]["driver"].startswith("127.0.0.1:"))
        self.assertEqual(seen["message"]["gamepads"]["0"]["lx"], 0)
        self.assertTrue(seen["message"]["gamepads"]["0"]["connected"])
        self.end(driver)
        client.message("/control", lambda x: x["driver"] == "")

    def test_devices_come_with_their_values_and_go(self):
        self.start_page()
        client = self.connect_client()
        client.channel("/log")
        self.make_motor()
        channel = client.channel(DEVICE)
        self.assertEqual(channel["schemaName"], "robot_runtime.device.motor")
        client.message(DEVICE, lambda x: x["current"]["duty_cycle"] == 0.25)
        wrote = self.run_command("buffers", "write", str(MOTOR), "duty_cycle",
                                 "0.5")
        self.assertEqual(wrote.returncode, 0)
        client.message(DEVICE, lambda x: x["requested"]["duty_cycle"] == 0.5)
        self.remove_motor()
        gone = client.wait_for("unadvertise")
        self.assertEqual(gone["topic"], DEVICE)
        self.make_motor()
        client.wait_for("advertise", lambda x: x["channel"]["topic"] == DEVICE
                        and x["channel"]["id"] != channel["id"])
        self.assertEqual(self.of(client, "status"), [])
        self.assertEqual(self.of(client, "error"), [])

    def test_every_message_is_as_its_schema_says(self):
        if jsonschema is None:
            self.skipTest("there is no python3-jsonschema")
        self.start_page('--process.arm.command=["/bin/sh", "-c", "exit 3"]',
                        "--process.arm.on-failure=ignore")
        self.make_motor()
        client = self.connect_client()
        driver = self.start("gamepad", "--lx=0.5", "--rate=20")
        for topic in ("/log", "/robot/state", "/control", DEVICE):
            client.message(topic)
        client.message("/control", lambda x: x["gamepads"])
        self.end(driver)
        self.assertEqual(self.run_command("estop").returncode, 0)
        client.wait_for("close")
        schemas = {}
        for each in self.of(client, "advertise"):
            schema = json.loads(each["channel"]["schema"])
            jsonschema.Draft7Validator.check_schema(schema)
            schemas[each["channel"]["topic"]] = jsonschema.Draft7Validator(
                schema)
        messages = self.of(client, "message")
        for each in messages:
            schemas[each["topic"]].validate(each["message"])
        self.assertEqual({x["topic"] for x in messages}, set(schemas))

    def test_a_token_is_asked_for(self):
        self.make_token()
        self.start_page()
        client = self.connect_client()
        client.wait_for("error", lambda x: "401" in x["text"])
        self.assertEqual(self.of(client, "serverInfo"), [])

    def test_a_tool_of_another_origin_names_the_token(self):
        self.make_token()
        self.start_page()
        other = "https://tools.example"
        client = self.connect_client(path=f"/?token={TOKEN}", origin=other)
        client.channel("/log")
        self.assertEqual(self.of(client, "error"), [])
        client = self.connect_client(origin=other)
        client.wait_for("error", lambda x: "403" in x["text"])

    def test_what_a_client_may_not_do_it_is_told(self):
        robot = self.start_page()
        with self.connect() as stream:
            stream.sendall(self.upgrade(path="/", protocol=PROTOCOLS[0]))
            answer = self.read_answer(stream)
            self.assertEqual(answer.status, 101)
            begun = self.read_until(stream, b"/control", answer.body)
            self.assertIn(b'"serverInfo"', begun)
            stream.sendall(frame(b'{"op":"estop"}'))
            self.assertIn(b"cannot do estop", self.read_until(stream, b"estop"))
            for _ in range(10):
                stream.sendall(frame(b"nonsense"))
            rest = self.read_to_end(stream)
            self.assertIn((1008).to_bytes(2, "big"), rest)
        self.assertIsNone(robot.poll())
        # The tenth of them has closed it.
        self.assertEqual(self.status()["web"]["malformed"], 10)

    @staticmethod
    def read_until(stream, wanted, data=b""):
        while wanted not in data:
            more = stream.recv(65536)
            if not more:
                break
            data += more
        return data

    @staticmethod
    def of(client, what):
        return [x for x in list(client.heard) if x["what"] == what]

    def make_motor(self):
        """By a program of its own, whose end does not take it away."""
        script = ("from robot_runtime import buffers\n"
                  f"b = buffers.open('motor', {MOTOR}, create=True)\n"
                  "b.set('duty_cycle', 0.25)\n")
        self.run_python(script)

    def remove_motor(self):
        self.run_python("from robot_runtime import buffers\n"
                        f"buffers.open('motor', {MOTOR}).remove()\n")

    def run_python(self, script):
        subprocess.run(
            ["/usr/bin/python3", "-c", script],
            env=self.environment
            | {"RR_DEVICE_PREFIX": self.prefix,
               "RR_DEVICE_CATALOG": str(self.folder / "catalog.yaml"),
               "PYTHONPATH": os.pathsep.join(sys.path[:2])},
            check=True, timeout=LIMIT)


if __name__ == "__main__":
    run_tests()
