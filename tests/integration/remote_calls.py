#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""An independent peer for remote calls: pyzmq and cbor2, nothing of ours.

remote_calls.py client ADDRESS IDENTITY   calls `cpp-service` and checks answers
remote_calls.py service ADDRESS IDENTITY  echoes, until its standard input ends
"""

import sys

import cbor2
import zmq

VALUES = [
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    1.5,
    True,
    None,
    "",
    "grün, 緑, 🤖",
    b"",
    b"\x00\xff\xfe",
    [],
    [[1], {"a": [b"x"]}],
    {},
    {"ключ": -5, "nested": {"list": [1, 2.5, None]}},
]


def open_socket(address, identity):
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.identity = identity.encode()
    socket.probe_router = 1
    socket.linger = 0
    socket.rcvtimeo = 5000
    socket.connect(address)
    return socket


class Client:
    def __init__(self, address, identity):
        self.socket = open_socket(address, identity)
        self.id = 0

    def send(self, message):
        self.send_raw(cbor2.dumps(message))

    def send_raw(self, payload):
        self.socket.send_multipart([b"cpp-service", payload])

    def response(self, expected_id):
        service, payload = self.socket.recv_multipart()
        assert service == b"cpp-service", service
        kind, id_, error, result = cbor2.loads(payload)
        assert (kind, id_) == (1, expected_id), (kind, id_, expected_id)
        return error, result

    def call(self, method, *args):
        self.id += 1
        self.send([0, self.id, method, list(args)])
        return self.response(self.id)


def run_client(address, identity):
    client = Client(address, identity)
    # Well-formed, but of another id: the service may not be there yet.
    client.socket.rcvtimeo = 100
    for _ in range(100):
        client.send([0, 2**32 - 1, "echo", [1]])
        try:
            assert client.response(2**32 - 1) == (None, 1)
            break
        except zmq.Again:
            pass
    client.socket.rcvtimeo = 5000

    for value in VALUES:
        error, result = client.call("echo", value)
        assert error is None and type(result) is type(value), (value, result)
        assert result == value, (value, result)
    assert client.call("nothing") == (None, None)
    assert client.call("add", 1, 2) == (None, 3)
    error, result = client.call("fail")
    assert error[0] == "method produced an error" and result is None, error
    assert error[1]["celsius"] == 90, error
    assert client.call("fly") == (
        ["no such method exists", {"method": "fly"}],
        None,
    )
    error, _ = client.call("add", 1)
    assert error[0] == "method produced an error", error

    before = client.call("told")[1]
    client.send([2, "tell", ["news"]])
    assert client.call("told") == (None, before + 1)

    for payload in noise():
        client.send_raw(payload)
    assert client.call("add", 20, 3) == (None, 23)
    for payload in malformed_requests():
        client.send_raw(payload)
        error, result = client.response(1)
        assert error[0] == "method produced an error" and result is None, error
        assert error[1]["error"].startswith("malformed "), error
    client.send([0, 1, "echo", [{1: 2}]])
    error, _ = client.response(1)
    assert error[1]["error"].endswith("map key is not text"), error
    assert client.call("add", 20, 3) == (None, 23)


def malformed():
    """Forms that are counted, for a service and for a client."""
    yield from noise()
    yield from malformed_requests()


def malformed_requests():
    """Forms that a service answers with an error."""
    yield from (
        cbor2.dumps(message)
        for message in (
            [0, 1, "add"],
            [0, 1, "add", [], 1],
            [0, 1, "add", {}],
            [0, 1, "add", None],
        )
    )
    yield cbor2.dumps([0, 1, "add", []])[:-1]
    yield cbor2.dumps([0, 1, "add", []]) + b"\x00"
    yield b"\x84\x00\x01\x63add\x81\xa2\x61a\x01\x61a\x02"
    yield cbor2.dumps([0, 1, "echo", ["x" * 2 * 1024 * 1024]])


def noise():
    """Forms that nobody answers."""
    yield b""
    yield b"\xff"
    yield b"not CBOR at all"
    yield from (
        cbor2.dumps(message)
        for message in (
            0,
            None,
            "request",
            {},
            [],
            [0],
            [0, -1, "add", []],
            [0, 2**32, "add", []],
            [0, 2**64, "add", []],
            [0, 1.5, "add", []],
            [0, "1", "add", []],
            [0, None, "add", []],
            [0, 1, b"add", []],
            [0, 1, 5, []],
            [1, 1, None, 5],
            [1, 1, None],
            [2, "tell"],
            [2, "tell", [], 1],
            [2, 5, []],
            [3, 1, "add", []],
            [-1, 1, "add", []],
            ["0", 1, "add", []],
        )
    )
    for head in (0x81, 0x9F, 0xBF, 0x5F, 0x7F, 0xC1):
        yield bytes([head]) * 100_000
    yield b"\x81" * 10_000 + b"\x00"
    yield b"\xbb" + (2**60).to_bytes(8, "big")
    yield b"\x9a\x10\x00\x00\x00"
    yield b"\x84\x00\x01\x63\xff\xff\xff\x80"


def run_service(address, identity):
    socket = open_socket(address, identity)
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    told = 0
    while sys.stdin.fileno() not in (ready := dict(poller.poll())):
        if socket not in ready:
            continue
        frames = socket.recv_multipart()
        if len(frames) != 2:
            continue
        client, payload = frames
        message = cbor2.loads(payload)
        if message[0] == 2:
            told += 1
            continue
        _, id_, method, args = message
        answers = {
            "echo": lambda: [1, id_, None, args[0] if args else None],
            "types": lambda: [1, id_, None, [type(x).__name__ for x in args]],
            "told": lambda: [1, id_, None, told],
            "silent": lambda: None,
            "twice": lambda: [1, id_, None, 2],
        }
        default = lambda: [1, id_, ["no such method", {"method": method, "ü": b"\x00"}], None]
        if answer := answers.get(method, default)():
            for _ in range(2 if method == "twice" else 1):
                socket.send_multipart([client, cbor2.dumps(answer)])
        if method == "twice":
            for payload in malformed():
                socket.send_multipart([client, payload])


if __name__ == "__main__":
    {"client": run_client, "service": run_service}[sys.argv[1]](*sys.argv[2:])
