#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What no browser sends: each is refused in one way, and the robot goes on.
usage: web_hostile.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

from robot_case import run_tests
from web_case import TOKEN, WebCase
from web_table import FRAMES, REQUESTS


class Hostile(WebCase):
    def send(self, data):
        """What comes back until the connection ends; it is ended for requests
        after which a server goes on."""
        port = str(self.web_port).encode()
        data = data.replace(b"HOST", self.host.encode())
        data = data.replace(b"PORT", port)
        with self.connect() as stream:
            try:
                stream.sendall(data)
                stream.shutdown(1)
            except OSError:
                pass  # refused before all of it was sent
            return self.read_to_end(stream)

    def test_every_request_of_the_table_is_refused_and_the_robot_goes_on(self):
        self.assertGreater(len(REQUESTS) + len(FRAMES), 60)
        robot = self.start_page()
        for what, (data, wanted) in REQUESTS.items():
            with self.subTest(what):
                came = self.send(data)
                statuses = [
                    int(part[:3]) for part in came.split(b"HTTP/1.1 ")[1:]
                ]
                self.assertEqual(statuses, wanted)
                self.assertEqual(self.status()["state"], "running")
        self.assertIsNone(robot.poll())
        self.assertFalse(self.status()["latched"])
        names = [event["event"] for event in self.events(robot)]
        self.assertNotIn("Received emergency stop", names)

    def test_every_frame_of_the_table_ends_its_own_connection_alone(self):
        robot = self.start_page()
        for what, (data, wanted) in FRAMES.items():
            with self.subTest(what):
                self.assertIn(
                    self.close_code(data),
                    wanted if isinstance(wanted, tuple) else (wanted,),
                )
                self.assertEqual(self.status()["state"], "running")
        self.wait_until(lambda: self.status()["web"]["websockets"] == 0)
        self.assertIsNone(robot.poll())

    def close_code(self, data):
        with self.connect() as stream:
            stream.sendall(self.upgrade())
            self.assertEqual(self.read_head(stream), 101)
            try:
                stream.sendall(data)
            except OSError:
                pass  # it has closed already
            came = self.read_to_end(stream)
        while came:
            opcode, size = came[0] & 15, came[1]
            begin = 2
            if size == 126:
                size, begin = int.from_bytes(came[2:4], "big"), 4
            elif size == 127:
                size, begin = int.from_bytes(came[2:10], "big"), 10
            if opcode == 8:
                return int.from_bytes(came[begin : begin + 2], "big")
            came = came[begin + size :]
        return None

    @staticmethod
    def read_head(stream):
        """The status; byte by byte, for frames follow it."""
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            more = stream.recv(1)
            if not more:
                break
            data += more
        return int(data.split(b" ", 2)[1]) if data else None

    def test_compression_that_is_offered_is_not_taken(self):
        self.start_page()
        with self.connect() as stream:
            stream.sendall(self.upgrade(
                "Sec-WebSocket-Extensions: permessage-deflate; "
                "client_max_window_bits"))
            answer = self.read_answer(stream)
        self.assertEqual(answer.status, 101)
        self.assertNotIn("sec-websocket-extensions", answer.fields)
        self.assertEqual(
            answer.fields["sec-websocket-protocol"], "robot-runtime.v1")

    def test_nobody_comes_in_by_a_token_that_is_nearly_right(self):
        self.make_token()
        robot = self.start_page()
        port = self.web_port
        right = f"Authorization: Bearer {TOKEN}"
        for fields in (
            [],
            [f"Authorization: Bearer {TOKEN[:-1]}"],
            [f"Authorization: Bearer {TOKEN}x"],
            [f"Authorization: Bearer {TOKEN.lower()}"],
            ["Authorization: Bearer "],
            ["Authorization: Bearer"],
            [f"Authorization: Basic {TOKEN}"],
            [f"Authorization: {TOKEN}"],
            [f"Cookie: robot-runtime-{port}="],
            [f"Cookie: robot-runtime-{port}={TOKEN[1:]}"],
            [f"Cookie: other={TOKEN}"],
            [f"Cookie: robot-runtime-{port}"],
            [f'Cookie: robot-runtime-{port}="{TOKEN}"'],
            [right, right],
        ):
            with self.subTest(fields):
                wanted = 400 if fields == [right, right] else 401
                for answer in (
                    self.ask("GET", "/", *fields),
                    self.ask("GET", "/status", *fields),
                    self.ask("GET", "/nothing", *fields),
                    self.ask("POST", "/estop", *fields, body=b"{}"),
                ):
                    self.assertEqual(answer.status, wanted)
                with self.connect() as stream:
                    stream.sendall(self.upgrade(*fields))
                    self.assertEqual(self.read_answer(stream).status, wanted)
        for target in (f"/?token={TOKEN[:-1]}", "/?token=", "/?token",
                       f"/status?token={TOKEN}", f"/?tok={TOKEN}"):
            self.assertEqual(self.ask("GET", target).status, 401)
        self.assertEqual(self.status(right)["state"], "running")
        self.assertIsNone(robot.poll())


if __name__ == "__main__":
    run_tests()
