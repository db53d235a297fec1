#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""From exec to what a person waits for: the end of a short command, the first
byte that each command prints while a robot runs, and the first remote call that
a new runtime answers.

The floor of the commands is a C++ program that does nothing and links the same
libraries. That of the runtime is none; its limit is absolute.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cbor2
import zmq
from figures import BenchmarkError, Figure, alone, alternate, benchmark
from programs import Runtime, addresses_of_its_own, free_udp_port, memory_kib

# How often a command is started in each round; the fastest ones count, for
# whatever else a machine does only adds.
STARTS = 20

CONFIGURATION = """[application]
name = "short"

[process.one]
command = ["/bin/sleep", "60"]
"""

# A robot that has something to tell: a process, a device, an event each while.
ROBOT = """[application]
name = "told"

[update]
interval = 5ms

[log]
file = "{folder}/log"

[device]
catalog = "{folder}/catalog.yaml"

[process.one]
command = ["/bin/sleep", "60"]
terminate-timeout = 1s

[process.talks]
command = ["/bin/sh", "-c", "while echo talks; do sleep 0.002; done"]
"""

CATALOG = """
gamepad:
  params:
    - {name: button_a, type: bool}
    - {name: joystick_left_x, type: float}
    - {name: joystick_left_y, type: float}
    - {name: joystick_right_x, type: float}
    - {name: joystick_right_y, type: float}
"""

# Every command that prints; what follows something is ended after its first
# byte. `watch` and `logs` wait for what comes, here at the latest after 5 ms.
TOLD = (
    "--version", "--help", "--help-all", "help", "help process", "run --help",
    "completion bash", "completion words st", "check", "status",
    "status --format=json", "status --startup", "status --follow", "top",
    "call ping", "call --list", "call list_uids", "buffers list",
    "buffers show gamepad:0", "watch", "logs", "logs --since=1m --count=1",
    "explain", "reload", "restart one", "exec one /bin/echo here", "init",
    "estop --reset",
)
FOLLOWING = ("status --follow", "top", "watch", "logs")

FIGURES = {
    "--version": Figure("ms", "<= 2 x"),
    "check": Figure("ms", "<= 2 x"),
    "first call": Figure("ms", "<= 40"),
    "resident then": Figure("MiB"),
}


def time_of(command: list) -> float:
    """Milliseconds from exec to the end: the median of the faster half."""
    times = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - begin) * 1e3)
        if done.returncode:
            raise BenchmarkError(f"{command}: exit code {done.returncode}")
    return sorted(times)[STARTS // 4]


def commands(options, table) -> None:
    binary = options.build / "bin" / "robot-runtime"
    bare = options.build / "bin" / "bench-startup-floor"
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        file = Path(folder) / "short.ini"
        file.write_text(CONFIGURATION)

        def measure(who):
            if who != "ours":
                floor = time_of([bare])
                return {"--version": floor, "check": floor}
            return {
                "--version": time_of([binary, "--version"]),
                "check": time_of([binary, "check", f"--config-file={file}"]),
            }

        table.rows(alternate(options.rounds, measure), FIGURES)


def first_byte(command: list, follows: bool) -> float:
    """Milliseconds from exec; to the end of what prints nothing."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, bufsize=0)
    first = process.stdout.read(1)
    taken = (time.perf_counter() - begin) * 1e3
    if follows:
        process.kill()
    while process.stdout.read(65536):
        pass
    process.stdout.close()
    if process.wait() and not follows:
        raise BenchmarkError(f"{command}: exit code {process.returncode}")
    if len(command) > 1 and not first:
        raise BenchmarkError(f"{command}: it prints nothing")
    return taken


def first_bytes(options, table) -> None:
    binary = options.build / "bin" / "robot-runtime"
    bare = options.build / "bin" / "bench-startup-floor"
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        file = Path(folder) / "told.ini"
        file.write_text(ROBOT.format(folder=folder))
        (Path(folder) / "catalog.yaml").write_text(CATALOG)
        with Runtime(options.build, f"--config-file={file}",
                     f"--device.prefix=t{os.getpid()}") as robot:

            # So that there is a device.
            subprocess.run([binary, "gamepad", "--duration=100ms",
                            *robot.options], check=True)

            def command_of(words):
                # `exec` hands on what follows its process.
                verb, *rest = words.split()
                own = (verb.startswith("-")
                       or verb in ("help", "completion", "init"))
                if verb == "init":
                    rest = [tempfile.mkdtemp(dir=folder)]
                elif verb == "estop":  # of a robot that does not run
                    rest += addresses_of_its_own(f"{folder}/other", 9)
                return [binary, verb, *([] if own else robot.options), *rest]

            def measure(who):
                return {words: sorted(
                    first_byte([bare] if who != "ours" else command_of(words),
                               words in FOLLOWING and who == "ours")
                    for _ in range(STARTS))[STARTS // 4] for words in TOLD}

            table.rows(alternate(options.rounds, measure),
                       {words: Figure("ms", "<= 50") for words in TOLD})


def first_call(options, table) -> None:
    table.rows(alone(options.rounds, lambda: first_call_once(
        options.build / "bin" / "robot-runtime")), FIGURES)


def first_call_once(binary: Path) -> dict[str, float]:
    ping = cbor2.dumps([0, 1, "ping", []])
    with tempfile.TemporaryDirectory(prefix="rr-bench-") as folder:
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.setsockopt(zmq.IDENTITY, b"first-caller")
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 1)
        address = f"ipc://{folder}/run/rpc.sock"
        words = addresses_of_its_own(folder, free_udp_port())
        begin = time.perf_counter()
        process = subprocess.Popen(
            [binary, "run", *words], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"RR_DEVICE_PREFIX": f"s{os.getpid()}"},
        )

        def wait_until(condition) -> None:
            while not condition():
                if time.perf_counter() - begin > 10:
                    raise BenchmarkError("the runtime does not start")

        try:
            # Not by libzmq's own attempts, which are far apart.
            wait_until(lambda: os.path.exists(address[len("ipc://"):]))
            socket.connect(address)
            wait_until(lambda: answered(socket, ping))
            return {"first call": (time.perf_counter() - begin) * 1e3,
                    "resident then": memory_kib(process.pid) / 1024}
        finally:
            socket.close()
            process.terminate()
            process.wait()


def answered(socket, ping: bytes) -> bool:
    """Sends the call, to one whom the router may not know yet, and waits."""
    socket.send_multipart([b"broker-service", ping])
    return socket.poll(2) != 0


if __name__ == "__main__":
    sys.exit(benchmark(__doc__, {"commands": (commands, 10),
                                 "first-byte": (first_bytes, 5),
                                 "first-call": (first_call, 20)}))
