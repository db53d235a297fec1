#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds of the corpus: for each target a few small files, one for
each thing that is told apart. Files that a fuzzer found stay as they are.

usage: make_corpus.py [FOLDER]
"""

import json
import pathlib
import struct
import sys
import zlib

import cbor2
from call_seeds import CALLS
from web_seeds import foxglove, page_stream, web_address, web_request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

TIME = "2024-05-01T09:30:00.000125Z"


def cbor():
    """The values of the calls, without what is around them."""
    begin = bytes.fromhex("84 00 01 6161 81")
    for name, digits in CALLS.items():
        message = bytes.fromhex(digits)
        if message.startswith(begin):
            yield name.removeprefix("request-"), message[len(begin) :]
    yield "array", cbor2.dumps([1, [2, [3, {"a": [4]}]]])


def remote_call():
    for name, digits in CALLS.items():
        yield name, bytes.fromhex(digits)


def frames(*messages):
    """Messages as router_frames.cpp takes them, batches of 3 first."""
    result = b"\2"
    for message in messages:
        for i, frame in enumerate(message):
            more = 64 if i + 1 < len(message) else 0
            if frame == "service":
                result += bytes([more | 128])
            else:
                result += bytes([more | len(frame)]) + frame
    return result


def router_frames():
    yield "routed", frames(["service", b"payload"], ["service", b""])
    yield "probe", frames([b""])
    yield "alone", frames([b"x"], ["service"])
    yield "no-such-peer", frames([b"nobody", b"x"], [b"\xff\x00", b""])
    yield "loopback", frames([b"client", b"x"])
    yield "no-recipient", frames([b"", b"x"], [b"", b""])
    yield "many-frames", frames(["service"] + [b"x"] * 40, ["service", b"y"])


def control():
    def packet(pads, method="update_gamepads"):
        return cbor2.dumps([2, method, [pads]])

    axes = {"lx": 0.5, "ly": -1, "rx": 0, "ry": 1.0, "btn": 3}
    yield "one", packet({"0": axes | {"seq": 7, "time": 1.5}})
    yield "all", packet({str(i): {"btn": i} for i in range(16)})
    yield "sorted", packet({"1": {}, "10": axes, "2": {"lx": 2}})
    yield "none", packet({})
    yield "out-of-circle", packet({"0": {"lx": 1, "ly": 1}})
    yield "unknown-key", packet({"0": {"lz": [1, 2], "btn": 1 << 63}})
    yield "not-finite", packet({"0": {"lx": float("nan")}})
    yield "bad-index", packet({"16": {}})
    yield "bad-twice", bytes.fromhex("83 02 6f") + b"update_gamepads" + (
        bytes.fromhex("81 a1 6130 a2 636274 6e 01 6362746e 02")
    )
    yield "granted", cbor2.dumps([2, "control_granted", []])
    yield "refused", cbor2.dumps(
        [2, "control_refused", [{"reason": "other driver", "gamepad": 3}]]
    )


def update():
    def datagram(devices, method="update"):
        return cbor2.dumps([2, method, [devices]])

    motor = {"speed": 1.5, "brake": True, "name": "left"}
    yield "one", datagram({"9444732965739290427392": motor})
    yield "none", datagram({})
    yield "several", datagram({str(i): motor for i in range(8)})
    yield "array", datagram({"5": {"image": bytes(64), "points": [[1, 2], []]}})
    yield "empty", datagram({"0": {}})
    yield "bad-uid", datagram({"0x5": {}})
    yield "bad-values", datagram({"5": [1]})
    yield "bad-method", datagram({}, "updates")


def log_event():
    event = {"event": "Process started", "level": "info", "timestamp": TIME}
    event |= {"app": "robot", "process": "motor", "pid": 4711}
    more = {"level": "warn", "nested": {"a": [1, None]}, "source": "x-1-2"}
    more |= {"seq": 5, "exception": "Traceback:\n  a\n  b", "ratio": 0.5}
    for name, each in (("event", event), ("more", event | more)):
        yield name, cbor2.dumps([2, each["level"], [each]])
        yield name + "-line", json.dumps(each).encode()
    yield "escapes", cbor2.dumps(
        [2, "info", [event | {"event": "\x1b[31m\r\n\x07", "x": b"\xff"}]]
    )
    yield "far-time", json.dumps(
        event | {"timestamp": "9999-12-31T23:59:60Z"}
    ).encode()
    yield "bad-level", json.dumps(event | {"level": "loud"}).encode()
    yield "bad-twice", b'{"event":"a","level":"info","x":1,"x":2}'
    yield "bad-deep", b'{"event":"a","level":"info","x":' + b"[" * 40


def notify():
    yield "ready", b"READY=1\nSTATUS=Serving\nMAINPID=4711"
    yield "watchdog", b"WATCHDOG=1\nWATCHDOG_USEC=500000\n\0"
    yield "trigger", b"WATCHDOG=trigger\nSTOPPING=1\nFDSTORE=1"
    yield "extend", b"EXTEND_TIMEOUT_USEC=18446744073709551615"
    yield "escapes", b"STATUS=\x1b[31m\t\xff\xc3\xa4"
    yield "nothing", b"\n\n=\nX\nREADY=2\nMAINPID=-1\nWATCHDOG_USEC=0"
    yield "long-escapes", b"STATUS=" + b"\xff" * 300
    yield "bad-null", b"READY=1\0STATUS=x"


def catalog():
    text = (ROOT / "config" / "catalog.yaml").read_text(encoding="utf-8")
    lines = [x for x in text.splitlines() if not x.strip().startswith("#")]
    yield "rover", "\n".join(lines).encode()
    yield "limits", (
        b"a: {device_id: 1, params: [{name: x, type: 'int8[2]', lower: -5,"
        b" upper: 5, writeable: true, safe: [1, 2], expires: 0.5}]}\n"
        b"b: {params: [{name: y, type: 'char[8]', writeable: true, safe: ab},"
        b" {name: z, id: 9, type: uint64, upper: 18446744073709551615}]}\n"
    )
    yield "alias", b"a: &x {params: []}\nb: *x\n"
    yield "bad-twice", b"a: {params: []}\na: {params: [{name: b}, {name: b}]}\n"
    yield "bad-comma", b","
    yield "bad-second", b"{}\n,\n"
    yield "bad-tag", b"a: !!set {b}\n"
    yield "bad-deep", b"[" * 100
    yield "bad-tab", b"a:\n\tb: 1\n"
    yield "bad-byte", b"a: \xff\n"


def configuration():
    yield "most", (
        b'[application]\nname = "robot"\nthread-pool-workers = 4\n'
        b'[router]\nfrontend = ["tcp://127.0.0.1:6000"]\n'
        b"[control]\ntimeout = 250ms\n[client]\n"
        b"options = { SNDTIMEO = 1000, IDENTITY = \"x\" }\n"
        b'[device]\nnames = { left = "0x1234" }\n'
        b'[process.motor]\ncommand = ["/bin/true"]\nafter = []\n'
        b'restart = "on-failure"\ncpu-affinity = [0]\n'
        b"[scheduler]\npolicy = 'sharing'\n"
    )
    yield "literals", b"{ a = 0x1F, b = -1.5e3, c = 'atom', d = [true, 5min] }"
    yield "uri", b"<https://example.com/a?b=c#d>"
    yield "escapes", b'"\\n\\t\\\\\\""'
    yield "bad-range", b"[emergency-stop]\nexit-code = 3\n[log]\nqueue = 0\n"
    yield "bad-name", b"[process.NAME]\n[proces.x]\n[lgo]\nlevel = 1\n"
    yield "bad-twice", b"[log]\nqueue = 1\nqueue = 2\n[log]\n[log\n"
    yield "bad-open", b'[log]\nfrontend = [ "a", {\nlevel = "info"\n# x\n'
    yield "bad-byte", b"\xef\xbb\xbf[log]\nlevel = \"\xff\0\xc2\xa0\"\n"


def reload():
    def both(before, now):
        return b"\n=====\n".join((before, now))

    def process(name, *rest):
        lines = (f"[process.{name}]", 'command = ["/bin/true"]', *rest)
        return "\n".join(lines).encode() + b"\n"

    one, two = process("a"), process("b", 'after = ["a"]')
    three = process("c", 'after = ["b", "a"]')
    yield "same", both(one + two, one + two)
    yield "started", both(one, one + two + three)
    yield "stopped", both(one + two + three, one)
    yield "restarted", both(one + two, process("a", "nice = 5") + two)
    turned = process("a", 'after = ["b"]')
    yield "turned", both(one + two, turned + process("b"))
    yield "cycle", both(one + two, turned + two)
    page = b'[web]\naddress = "http://127.0.0.1:8080"\n'
    yield "needs", both(one, one + b"[log]\nqueue = 99\n" + page)
    yield "bound", both(one, process("a", "memory-max = 67108864"))
    yield "bad", both(one, b"[log]\nqueue = 0\n[process.a\n")
    yield "empty", both(one, b"")


def command_line():
    def words(*each):
        return "\n".join(each).encode()

    yield "call", words("call", "ping", "[1]", "--timeout=5s", "--notification")
    yield "logs", words("logs", "--count=3", "--format=json", "--log.level=x")
    yield "gamepad", words("gamepad", "--index=3", "--lx=-0.5", "--rate=50")
    yield "estop", words("estop", "--reason=why \x1b[31m", "--reset")
    yield "buffers", words("buffers", "set", "motor:0", "power", "--", "-1")
    yield "status", words("status", "--follow", "--counters", "--log.queue=9")
    yield "explain", words("explain", "--last=2", "--format=pretty")
    yield "process", words("restart", "camera", "--process.camera.nice=5")
    yield "bad", words("watch", "--count=-1", "--fromat=json", "too", "many")
    yield "bad-control", words("restart", "x", "--process.x\1\x0b.nice=5")
    yield "bad-option", words("estop", "--log.levle=info", "--router.queue=x")


def shared_memory():
    def patch(way, *places):
        result = bytes([way])
        for at, content in places:
            result += struct.pack("<HB", at, len(content)) + content
        return result

    yield "sound", patch(5)
    yield "raw", b"\0rrbuffer" + bytes(64)
    yield "state", patch(2, (64, struct.pack("<qq", 1, -(1 << 63))))
    yield "state-patience", patch(2, (32, struct.pack("<q", 1 << 62)))
    yield "requesters", patch(3, (32, struct.pack("<Q", (7 << 32) | 4711)))
    yield "count", patch(4, (140, struct.pack("<I", 1024)))
    yield "size", patch(4, (16, struct.pack("<Q", 1 << 40)))
    # The safe value of the first parameter, and its size.
    yield "safe", patch(4, (344 + 136, struct.pack("<QQ", 1, 1)))
    numbers = range(1216, 2048, 64)
    yield "counters", patch(5, *((at, b"\xff" * 16) for at in numbers))


def records():
    end = {"time": TIME, "process": "motor", "pid": 4711, "ran": 1.5}
    end |= {"exit_code": -11, "core_dumped": True, "failed": True}
    end |= {"by": "itself", "cpu": 0.02, "max_resident_kib": 18432}
    end |= {"reason": "process motor died by SIGSEGV", "start": 3}
    end |= {"restarted": False, "reaction": "stop", "last_lines": ["a", "b"]}
    run = {"started": TIME, "pid": 7, "ticks": 17, "version": "0.1.0"}
    run |= {"boot_id": "boot", "config_file": ""}
    over = {"ended": TIME, "exit_code": 0, "reason": "asked to", "pid": 7}
    over |= {"in_order": True, "started": TIME}
    over |= {"causes": [{"time": TIME, "what": "SIGTERM", "process": "motor"}]}
    latch = {"time": TIME, "cause": "process motor exited with code 255"}
    latch |= {"process": "motor", "exit_code": 255, "user": "root"}
    reset = {"by": "root", "reset_at": TIME, "cause": "x", "time": TIME}
    stops = {"count": 2, "worst_signal_us": 90, "last_signal_us": [80, 90]}

    def lines(*each):
        return "".join(json.dumps(x) + "\n" for x in each).encode()

    yield "ends", lines(end, end | {"given_up": "often", "exit_code": None})
    yield "ends-torn", lines(end)[:-20]
    yield "runs", lines(run, over, run | {"pid": 8})
    yield "runs-far", lines(run | {"started": "9999-12-31T23:59:60Z"})
    yield "latch", lines(latch)
    yield "latch-wide-code", lines(latch | {"exit_code": (1 << 32) + 255})
    yield "reset", lines(reset)
    yield "stops", lines(stops)
    yield "bad-deep", b"[" * 100
    yield "bad-types", lines(end | {"ran": -1}, run | {"pid": 1 << 40}, [], 5)


def black_box():
    """Rings without their heads, and as much of a file as is looked at."""

    def ring(*texts):
        result = b""
        for number, (kind, text) in enumerate(texts, 1):
            rest = struct.pack("<IHHQqq", len(text), kind, 1, number,
                               number * 10**9, number * 10**9) + text
            record = struct.pack("<II", 0x524B4501, zlib.crc32(rest)) + rest
            result += record + bytes(-len(record) % 8)
        # Behind the rest of the head.
        return bytes(4096 - 40) + result

    def text(value):
        return struct.pack("<I", len(value)) + value

    line = {"event": "hello", "level": "info", "timestamp": TIME, "app": "a"}
    log = json.dumps(line).encode()
    topic = {"name": "/devices/a", "schema_name": "A", "schema": "{}"}
    yield "log", ring((1, log), (1, log))
    yield "all", ring(*((kind, b"{}") for kind in range(1, 5)),
                      (5, json.dumps(topic).encode()), (4 | 0x8000, b"{}"))
    yield "torn", ring((1, log), (2, b"{}"))[:-20]
    yield "bad-text", ring((1, b"{"), (2, b"\xff"), (5, b"[]"), (3, b"[" * 99))
    items = text(b"pid") + text(b"7")
    metadata = text(b"robot-runtime") + text(items)
    yield "file", (b"\x89MCAP0\r\n\x0c" + struct.pack("<Q", len(metadata))
                   + metadata)


TARGETS = (
    black_box,
    catalog,
    cbor,
    command_line,
    configuration,
    control,
    foxglove,
    log_event,
    notify,
    page_stream,
    records,
    reload,
    remote_call,
    router_frames,
    shared_memory,
    update,
    web_address,
    web_request,
)


def main():
    corpus = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "corpus")
    for target in TARGETS:
        folder = corpus / target.__name__
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in target():
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
