# SPDX-License-Identifier: BSD-3-Clause
"""A real runtime with its page on a free port, and what tests say to it byte by
byte."""

import base64
import json
import os
import re
import socket
import struct

from robot_case import LIMIT, RobotCase, free_port

TOKEN = "An-example_of-a-token-of-32-chars"
OP_TEXT, OP_BINARY, OP_CLOSE, OP_PING, OP_PONG = 1, 2, 8, 9, 10


def frame(payload, opcode=OP_TEXT, final=True, mask=b"\1\2\3\4", reserved=0):
    """A frame of a WebSocket as a client sends it; without a mask where that
    is None."""
    first = (0x80 if final else 0) | reserved | opcode
    bit = 0 if mask is None else 0x80
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if mask is None:
        return head + payload
    masked = bytes(x ^ mask[i % 4] for i, x in enumerate(payload))
    return head + mask + masked


class Answer:
    """The first response of what a server has sent."""

    def __init__(self, data):
        self.data = data
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found = re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", lines[0])
        self.status = int(found[1]) if found else None
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.lower()] = value.strip()


class WebCase(RobotCase):
    def setUp(self):
        super().setUp()
        self.web_port = free_port()
        self.host = f"127.0.0.1:{self.web_port}"
        self.options.append(f"--web.address=http://{self.host}")

    def make_token(self, text=TOKEN):
        path = self.folder / "token"
        path.write_text(text + "\n")
        os.chmod(path, 0o600)
        self.options.append(f"--web.token-file={path}")
        return path

    def connect(self):
        result = socket.create_connection(("127.0.0.1", self.web_port), LIMIT)
        self.addCleanup(result.close)
        return result

    def request(self, method, target, *fields, body=None, host=None):
        """The bytes of a request that is right but for what is given."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host or self.host}"]
        lines += fields
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines + ["", ""]).encode("latin-1") + (body or b"")

    @staticmethod
    def read_answer(stream):
        """Reads one response, and nothing behind it."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = stream.recv(65536)
            if not more:
                return Answer(data)
            data += more
        answer = Answer(data)
        length = int(answer.fields.get("content-length", 0))
        if answer.status in (101, 304):
            length = 0
        while len(answer.body) < length:
            more = stream.recv(65536)
            if not more:
                break
            answer.body += more
        return answer

    @staticmethod
    def read_to_end(stream):
        data = b""
        while True:
            try:
                more = stream.recv(65536)
            except ConnectionResetError:
                return data
            if not more:
                return data
            data += more

    def ask(self, method, target, *fields, **how):
        with self.connect() as stream:
            stream.sendall(self.request(method, target, *fields, **how))
            return self.read_answer(stream)

    def upgrade(self, *fields, path="/stream", protocol="robot-runtime.v1"):
        """The handshake of a WebSocket, as bytes."""
        key = base64.b64encode(b"0123456789abcdef").decode()
        return self.request(
            "GET",
            path,
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *([f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []),
            *fields,
        )

    def status(self, *fields):
        answer = self.ask("GET", "/status", *fields)
        self.assertEqual(answer.status, 200)
        return json.loads(answer.body)

    def start_page(self, *arguments):
        robot = self.start_robot(*arguments)
        self.assertIsNone(robot.poll())
        return robot
