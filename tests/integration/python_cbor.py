#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python package's check of CBOR: on the examples of the runtime's own
tests, and beside the runtime itself on what chance makes.
usage: python_cbor.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import random
import re
import time
import unittest
from pathlib import Path

import cbor2
import zmq

from python_case import PythonCase
from robot_case import run_tests

EXAMPLES = Path(__file__).parents[1] / "messages" / "cbor" / "cbor_form.cpp"
TEXT = r'"([^"]*)"'


def fault(payload, **limits):
    from robot_runtime.cbor_form import Malformed, check_form

    try:
        check_form(payload, **limits)
    except Malformed as why:
        return str(why)
    return "none"


def at(offset, what):
    return f"malformed CBOR at byte {offset}: {what}"


def examples():
    """Of the C++ tests, as (bytes, offset and what is wrong, or none)."""
    for test in EXAMPLES.read_text().split("CAF_TEST(")[1:]:
        words = dict(re.findall(rf"auto (\w+) = {TEXT};", test))

        def said(word):
            return word[1:-1] if word[0] == '"' else words[word]

        for data, offset, word in re.findall(
            rf'check_fault\({TEXT}, (\d+),\s*("[^"]*"|\w+)\)', test
        ):
            yield bytes.fromhex(data), (int(offset), said(word))
        for listed, does in re.findall(
            r"for \(auto payload :\s*\{([^}]*)\}\)\s*(.*?\);)", test, re.S
        ):
            wrong = re.search(
                r'check_fault\(payload, (\d+),\s*("[^"]*"|\w+)', does
            )
            for data in re.findall(TEXT, listed):
                yield (
                    bytes.fromhex(data),
                    (int(wrong[1]), said(wrong[2])) if wrong else None,
                )


class Form(unittest.TestCase):
    def test_the_examples_of_the_runtime_are_taken_and_refused_alike(self):
        taken = refused = 0
        for payload, wrong in examples():
            for before, added in ((b"", 0), (b"\x82\1", 2)):
                with self.subTest(payload=(before + payload).hex()):
                    if wrong is None:
                        taken += 1
                        expected = "none"
                    else:
                        refused += 1
                        expected = at(wrong[0] + added, wrong[1])
                    self.assertEqual(fault(before + payload), expected)
        self.assertGreater(taken, 150)
        self.assertGreater(refused, 200)

    def test_it_has_limits(self):
        for opening, closing in ((b"\x81", b""), (b"\x9f", b"\xff")):

            def nested(depth):
                return opening * depth + b"\0" + closing * depth

            self.assertEqual(fault(nested(32)), "none")
            for depth in (33, 10_000):
                wrong = at(32, "nested too deep")
                self.assertEqual(fault(nested(depth)), wrong)
            self.assertEqual(fault(nested(2), max_nesting=2), "none")
            wrong = at(2, "nested too deep")
            self.assertEqual(fault(nested(3), max_nesting=2), wrong)
            wrong = at(32, "nested too deep")
            self.assertEqual(fault(nested(33), max_nesting=50), wrong)
        text = b"\x5a\0\x1f\xff\xfb" + bytes((1 << 21) - 5)
        wrong = at(1048576, "longer than the limit of 1048576 bytes")
        self.assertEqual(fault(text), wrong)
        self.assertEqual(fault(text, max_bytes=1 << 21), "none")
        for byte, wrong in (
            (0x81, at(32, "nested too deep")),
            (0x9F, at(32, "nested too deep")),
            (0xBF, at(1, "map key is not text")),
            (0x5F, at(0, "string has a chunk of indefinite length")),
            (0x7F, at(0, "string has a chunk of indefinite length")),
            (0xC1, at(0, "tag")),
            (0xFF, at(0, "break out of place")),
        ):
            self.assertEqual(fault(bytes([byte]) * 100_000), wrong)

    def test_long_arrays_end_where_they_say(self):
        for count in (0, 1, 2, 23, 24, 1000):
            for item in (0, -1, 24, -25, "", "x", b"", True, None, 1.5, [], {}):
                payload = cbor2.dumps([item] * count)
                self.assertEqual(fault(payload), "none")
                self.assertEqual(
                    fault(payload + b"\0"),
                    at(len(payload), "bytes after the end"),
                )
                self.assertEqual(fault(b"\x9f\0" + payload + b"\xff"), "none")
                self.assertEqual(
                    fault(b"\x9f" + payload),
                    at(len(payload) + 1, "ends before the item does"),
                )

    def test_the_largest_payload_is_checked_in_time(self):
        begin = time.monotonic()
        full = b"\x9a\0\x0f\xff\xfb"
        self.assertEqual(fault(full + b"\0" * 1048571), "none")
        pairs = b"\xba\0\x02\0\0"
        keys = b"".join(b"\x65%05x\0" % x for x in range(131072))
        self.assertEqual(fault(pairs + keys), "none")
        self.assertEqual(
            fault(pairs + keys[:-7] + keys[:7]),
            at(5 + 131071 * 7, "map has a key twice"),
        )
        # Comparing each with each takes hours.
        self.assertLess(time.monotonic() - begin, 15)


class BesideTheRuntime(PythonCase):
    def noise(self, chance, depth=0):
        """CBOR that may be wrong anywhere."""
        kind = chance.randrange(12 if depth < 6 else 8)
        if kind < 8:
            return chance.choice(
                [
                    b"\0", b"\x18\x2a", b"\x39\1\0", b"\xf5", b"\xf6",
                    b"\x61a", b"\x62\xc3\xbc", b"\x41\xff", b"\xf9\x3c\0",
                    b"\x7f\x61a\x61b\xff", b"\x5f\x41a\xff",
                    b"\xfb" + chance.randbytes(8), b"\x1b" + b"\xff" * 8,
                ]
            )
        count = chance.randrange(4)
        if kind < 10:
            items = [self.noise(chance, depth + 1) for _ in range(count)]
            if chance.random() < 0.5:
                return bytes([0x80 + count]) + b"".join(items)
            return b"\x9f" + b"".join(items) + b"\xff"
        items = [
            bytes([0x61, 97 + index]) + self.noise(chance, depth + 1)
            for index in range(count)
        ]
        if chance.random() < 0.5:
            return bytes([0xA0 + count]) + b"".join(items)
        return b"\xbf" + b"".join(items) + b"\xff"

    def mutated(self, chance):
        # Behind what is needed to be answered.
        head, tail = b"\x84\0\1\x64ping", bytearray(self.noise(chance))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
            place = chance.randrange(len(tail) + 1)
            how = chance.randrange(3)
            if how == 0 and place < len(tail):
                tail[place] = chance.randrange(256)
            elif how == 1:
                tail.insert(place, chance.randrange(256))
            else:
                del tail[place:]
        return head + bytes(tail)

    def test_they_agree(self):
        from robot_runtime.messages import Malformed, decode

        self.robot()
        broker = self.socket(zmq.DEALER, self.frontend)
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        verdicts = set()
        for _ in range(3000):
            payload = self.mutated(chance)
            broker.send_multipart([b"broker-service", payload])
            _, answer = broker.recv_multipart()
            error = cbor2.loads(answer)[2]
            said = error[1]["error"] if error else ""
            try:
                decode(payload)
                ours = ""
            except Malformed as why:
                ours = str(why)
            theirs = said if said.startswith("malformed ") else ""
            # Of several keys that stand twice either may be named.
            if theirs.endswith("a key twice"):
                ours = re.sub(r"\d+", "_", ours)
                theirs = re.sub(r"\d+", "_", theirs)
            self.assertEqual(ours, theirs, (payload.hex(), seed))
            verdicts.add(re.sub(r"\d+", "_", theirs))
        self.assertGreater(len(verdicts), 12, verdicts)


if __name__ == "__main__":
    run_tests()
