#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Drives the page of a running robot from outside with whatever hypothesis
thinks of: requests, frames of WebSockets and what pages and tools say by them,
whole and damaged. Whatever comes, who does not know the token is not let in,
each answer is one, and the robot goes on and serves others.

usage: web_wire.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--for=SECONDS]
                   [--seed=N]

As wire.py, which says what these mean."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

import web_seeds  # noqa: E402
from web_case import OP_PING, OP_TEXT, TOKEN, WebCase, frame  # noqa: E402
from wire import Rounds, damaged, main, st  # noqa: E402

BEARER = f"Authorization: Bearer {TOKEN}"
STATUSES = {101, 200, 303, 304, 400, 401, 403, 404, 408, 413, 429, 431, 503,
            505}

# What stops a robot is no fuzz: the word, and how JSON may write it.
STOPS = (b"estop", b"\\u006", b"\\u007")


def lines_of(seeds):
    return sorted({line for _, text in seeds for line in text.split(b"\n")})


class WebWire(WebCase):
    def setUp(self):
        super().setUp()
        self.make_token()
        self.robot = self.start_page("--log.level=error")

    def check_alive(self):
        self.assertIsNone(self.robot.poll(), "the robot has ended")
        self.assertEqual(self.ask("GET", "/status", BEARER).status, 200)

    def say(self, data):
        """@returns all that is answered."""
        with self.connect() as stream:
            try:
                stream.sendall(data)
                # Whoever has said all of it is answered, or let go.
                stream.shutdown(1)
            except OSError:
                pass  # refused before its end
            return self.read_to_end(stream)

    def test_requests(self):
        """Requests of somebody who does not know the token."""
        port = str(self.web_port).encode()
        seeds = [
            text.replace(b"8080", port) for _, text in web_seeds.web_request()
        ]
        self.assertNotIn(TOKEN.encode(), b"".join(seeds))

        def check(data):
            answer = self.say(data)
            for head in answer.split(b"HTTP/1.1 ")[1:]:
                status = int(head[:3])
                self.assertIn(status, STATUSES)
                self.assertNotIn(status, (101, 200), "let in")
            self.check_alive()

        Rounds.run(
            check,
            damaged(st.sampled_from(seeds))
            | st.lists(damaged(st.sampled_from(seeds)),
                       max_size=3).map(b"".join)
            | st.binary(max_size=64),
            0.4,
        )

    def frames(self, texts):
        """Of a client that is let in."""
        whole = st.tuples(
            texts,
            st.sampled_from((OP_TEXT, OP_TEXT, OP_TEXT, OP_PING))
            | st.integers(0, 15),
            st.booleans() | st.just(True),
        ).map(lambda x: frame(x[0], x[1], x[2], b"\0\0\0\0"))
        return st.lists(whole | damaged(whole), max_size=6).map(b"".join)

    def converse(self, protocol, seeds, share):
        hello = self.upgrade(BEARER, protocol=protocol)

        def check(data):
            if any(word in data for word in STOPS):
                return
            with self.connect() as stream:
                stream.sendall(hello)
                self.assertEqual(self.read_answer(stream).status, 101)
                try:
                    stream.sendall(data)
                    stream.shutdown(1)
                except OSError:
                    pass  # closed before its end
                self.read_to_end(stream)
            self.check_alive()

        texts = st.sampled_from(lines_of(seeds)) | st.text().map(str.encode)
        Rounds.run(check, self.frames(texts | damaged(texts)), share)

    def test_pages(self):
        """What a page says."""
        self.converse("robot-runtime.v1", web_seeds.page_stream(), 0.4)

    def test_tools(self):
        """What a tool says."""
        self.converse("foxglove.websocket.v1", web_seeds.foxglove(), 0.2)


if __name__ == "__main__":
    main()
