# SPDX-License-Identifier: BSD-3-Clause
"""Reads MCAP files as mcap.dev/spec has them, and knows nothing of how they are
written. What is wrong with one is an exception, but for its end: of a file that
is torn there is all that stands in whole chunks."""

import json
import struct
import subprocess
import zlib
from pathlib import Path

MAGIC = b"\x89MCAP0\r\n"
READER = Path(__file__).resolve().parent.parent / "mcap"


class Part:
    def __init__(self, data):
        self.data = data
        self.place = 0

    def take(self, size):
        if self.place + size > len(self.data):
            raise EOFError
        self.place += size
        return self.data[self.place - size:self.place]

    def number(self, form):
        return struct.unpack("<" + form,
                             self.take(struct.calcsize("<" + form)))[0]

    def text(self):
        return self.take(self.number("I")).decode()

    def items(self):
        part = Part(self.take(self.number("I")))
        result = {}
        while part.place < len(part.data):
            key = part.text()
            result[key] = part.text()
        return result

    def rest(self):
        return self.data[self.place:]


class McapFile:
    def __init__(self, path):
        self.data = Path(path).read_bytes()
        self.schemas, self.channels, self.metadata = {}, {}, {}
        # (topic, nanoseconds, JSON value)
        self.messages = []
        # Of each chunk, its first and its last time.
        self.chunks = []
        self.statistics = None
        self.whole = False
        assert self.data.startswith(MAGIC), "no magic"
        part = Part(self.data)
        part.take(len(MAGIC))
        try:
            while not self.whole:
                start = part.place
                opcode = part.number("B")
                self.read(opcode, part.take(part.number("Q")), start)
                self.whole = opcode == 0x02
            assert part.rest() == MAGIC, "no magic at its end"
            assert self.statistics == len(self.messages), "statistics"
        except EOFError:
            pass

    def read(self, opcode, content, start):
        part = Part(content)
        if opcode == 0x02:
            begin = part.number("Q")
            summed = self.data[begin:start + 9 + 16]
            part.take(8)
            assert zlib.crc32(summed) == part.number("I"), "summary"
        elif opcode == 0x03:
            number = part.number("H")
            name = part.text()
            assert part.text() == "jsonschema"
            self.schemas[number] = (name, json.loads(part.text()))
        elif opcode == 0x04:
            number, schema = part.number("H"), part.number("H")
            self.channels[number] = (part.text(), self.schemas[schema][0])
            assert part.text() == "json"
        elif opcode == 0x05:
            channel = self.channels[part.number("H")][0]
            part.take(4)
            time = part.number("Q")
            part.take(8)
            self.messages.append((channel, time, json.loads(part.rest())))
        elif opcode == 0x06:
            self.chunks.append((part.number("Q"), part.number("Q")))
            size, total = part.number("Q"), part.number("I")
            assert part.text() == ""
            records = Part(part.take(part.number("Q")))
            assert len(records.data) == size
            assert zlib.crc32(records.data) == total, "a chunk"
            while records.place < size:
                opcode = records.number("B")
                self.read(opcode, records.take(records.number("Q")), 0)
        elif opcode == 0x0b:
            self.statistics = part.number("Q")
        elif opcode == 0x0c:
            name = part.text()
            self.metadata[name] = part.items()
        elif opcode == 0x0f:
            total = zlib.crc32(self.data[:start])
            assert part.number("I") == total, "the data"

    def on(self, topic):
        return [x[2] for x in self.messages if x[0] == topic]

    def texts(self):
        return [x["message"] for x in self.on("/log")]

    @property
    def about(self):
        return self.metadata["robot-runtime"]


def read_by_foxglove(path, *options):
    """The same by Foxglove's own reader.
    @returns None where there is no node, or no module."""
    if not (READER / "node_modules" / "@mcap" / "core").exists():
        return None
    try:
        done = subprocess.run(["node", READER / "read.mjs", path, *options],
                              capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return None
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
