#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Drivers and listeners around the real runtime: plain sockets and cbor2 in
both directions, and the program's own commands. All of it on loopback.
usage: control.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import cbor2

LIMIT = 20  # seconds that no wait here comes near, unless something is wrong
GROUP = "224.1.1.1"
CATALOG = """
motor:
  device_id: 13
  params:
    - {name: duty_cycle, type: float, lower: -1, upper: 1, writeable: true,
       safe: 0}
    - {name: speed, type: double}
gamepad:
  params:
    - {name: button_a, type: bool}
    - {name: button_b, type: bool}
    - {name: joystick_left_x, type: float}
    - {name: joystick_left_y, type: float}
    - {name: joystick_right_x, type: float}
    - {name: joystick_right_y, type: float}
"""
MOTOR = (13 << 72) + 5
PROGRAM = ""
RELAY = Path(__file__).parents[1] / "programs" / "relay.py"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def packet(**pad) -> bytes:
    return cbor2.dumps([2, "update_gamepads", [{"0": pad}]])


class Control(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rr-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "catalog.yaml").write_text(CATALOG)
        Control.count = getattr(Control, "count", 0) + 1
        self.prefix = f"c{os.getpid()}-{Control.count}"
        self.port = free_port()
        self.group_port = free_port()
        self.options = [
            f"--application.runtime-directory={folder.name}/run",
            f"--application.state-directory={folder.name}/state",
            "--router.frontend=ipc://RUNTIME/rpc.sock",
            "--log.frontend=ipc://RUNTIME/log-front.sock",
            f"--control.address=udp://127.0.0.1:{self.port}",
            f"--update.address=udp://{GROUP}:{self.group_port}",
            "--update.interval=20ms",
            f"--device.catalog={folder.name}/catalog.yaml",
            f"--device.prefix={self.prefix}",
        ]
        self.environment = {
            k: v for k, v in os.environ.items() if k[:3] != "RR_"
        }

    def command(self, name, *arguments):
        return [PROGRAM, name, *arguments, *self.options]

    def start(self, name, *arguments, **how):
        child = subprocess.Popen(
            self.command(name, *arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(self.end, child)
        return child

    @staticmethod
    def end(child):
        # In order, so that no shared memory is left behind.
        child.terminate()
        try:
            child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def run_command(self, name, *arguments):
        return subprocess.run(
            self.command(name, *arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    def start_robot(self, *arguments):
        robot = self.start("run", *arguments)
        self.wait_until(lambda: self.run_command("status").returncode == 0)
        return robot

    def wait_until(self, done):
        end = time.monotonic() + LIMIT
        while not done():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.01)

    def driver(self):
        result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(result.close)
        result.connect(("127.0.0.1", self.port))
        return result

    def gamepad(self):
        """What is in the buffer; None before there is any."""
        shown = self.run_command("buffers", "show", "gamepad:0", "--format=json")
        return json.loads(shown.stdout) if shown.returncode == 0 else None

    def events(self, robot):
        robot.send_signal(signal.SIGTERM)
        out, _ = robot.communicate(timeout=LIMIT)
        return [json.loads(line) for line in out.splitlines()]

    def test_a_driver_in_python_reaches_the_buffer_and_his_silence_too(self):
        robot = self.start_robot("--control.timeout=3s")
        driver = self.driver()
        driver.send(packet(lx=0.5, ly=0, rx=0, ry=-1, btn=2))
        self.wait_until(self.gamepad)
        pad = self.gamepad()
        self.assertTrue(pad["connected"])
        self.assertEqual(pad["params"]["joystick_left_x"], 0.5)
        self.assertEqual(pad["params"]["joystick_right_y"], -1)
        self.assertFalse(pad["params"]["button_a"])
        self.assertTrue(pad["params"]["button_b"])
        self.wait_until(lambda: not self.gamepad()["connected"])
        pad = self.gamepad()
        self.assertEqual(pad["params"]["joystick_left_x"], 0)
        self.assertFalse(pad["params"]["button_b"])
        names = [event["event"] for event in self.events(robot)]
        self.assertIn("Control connected", names)
        self.assertIn("Control lost", names)

    def test_the_gamepad_command_drives_and_its_end_is_silence(self):
        self.start_robot()
        pad = self.start("gamepad", "--ly=1", "--btn=1")
        self.wait_until(
            lambda: (self.gamepad() or {"params": {}})["params"].get(
                "joystick_left_y"
            )
            == 1
        )
        pad.send_signal(signal.SIGTERM)
        self.assertEqual(pad.wait(LIMIT), 0)
        self.wait_until(lambda: not self.gamepad()["connected"])
        self.assertEqual(self.gamepad()["params"]["joystick_left_y"], 0)
        # Another that comes back shows rest first, and so is obeyed.
        self.start("gamepad", "--ly=-1")
        self.wait_until(
            lambda: self.gamepad()["params"]["joystick_left_y"] == -1
        )

    def test_a_device_that_is_no_gamepad_is_one_line(self):
        for device, code, text in (
            ("/dev/null", 1, "/dev/null: it is no input device"),
            ("/nowhere", 1, "cannot open /nowhere: no such file or directory"),
            ("", 2, "--device= names no device"),
        ):
            done = self.run_command("gamepad", f"--device={device}")
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(text, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
        done = self.run_command("gamepad", "--device=auto", "--ly=1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--ly", done.stderr)

    def test_a_call_drives_as_a_packet_does(self):
        self.start_robot("--control.timeout=2s")
        called = self.run_command("call", "update_gamepads", '{"0": {"lx": 1}}')
        self.assertEqual(called.returncode, 0, called.stderr)
        self.assertEqual(self.gamepad()["params"]["joystick_left_x"], 1)
        status = json.loads(
            self.run_command("status", "--format=json").stdout
        )
        self.assertEqual(status["control"]["accepted"], 1)
        refused = self.run_command("call", "update_gamepads", '{"16": {}}')
        self.assertEqual(refused.returncode, 1)
        self.assertIn("index", refused.stderr)
        self.wait_until(lambda: not self.gamepad()["connected"])

    def test_silence_stops_the_robot_where_it_is_an_emergency(self):
        robot = self.start_robot(
            "--control.on-timeout=emergency-stop", "--control.timeout=300ms"
        )
        time.sleep(0.5)
        self.assertIsNone(robot.poll())
        self.driver().send(packet(lx=1))
        self.assertEqual(robot.wait(LIMIT), 255)

    def test_an_address_in_use_is_one_line_and_exit_code_1(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", self.port))
            robot = self.start("run")
            _, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 1)
        self.assertEqual(
            errors,
            f"robot-runtime: cannot bind udp://127.0.0.1:{self.port}: "
            "address already in use\n",
        )

    def make_motor(self):
        os.environ["RR_DEVICE_PREFIX"] = self.prefix
        os.environ["RR_DEVICE_CATALOG"] = str(self.folder / "catalog.yaml")
        motor = buffers.open("motor", MOTOR, create=True)
        self.addCleanup(motor.close)
        motor.set("duty_cycle", 0.25)

    def namespace(self):
        """A network of its own; the id of a process that lives in it."""
        holder = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        own = os.readlink("/proc/self/ns/net")
        link = f"/proc/{holder.pid}/ns/net"
        self.wait_until(lambda: os.readlink(link) != own)
        return str(holder.pid)

    def connect(self, robot, station):
        """A cable between two namespaces: 10.9.0.1 and 10.9.0.2."""
        ip = lambda *words: subprocess.run(["ip", *words], check=True)
        ip("link", "add", "rr-robot", "netns", robot, "type", "veth",
           "peer", "name", "rr-station", "netns", station)
        for pid, name, host in (
            (robot, "rr-robot", "10.9.0.1/24"),
            (station, "rr-station", "10.9.0.2/24"),
        ):
            inside = ["nsenter", "-t", pid, "-n", "ip"]
            for words in (
                ["addr", "add", host, "dev", name],
                ["link", "set", name, "up"],
            ):
                subprocess.run([*inside, *words], check=True)

    def test_a_station_on_another_network_and_a_cable_that_is_pulled(self):
        allowed = subprocess.run(["unshare", "-n", "true"], capture_output=True)
        if os.geteuid() != 0 or allowed.returncode != 0:
            self.skipTest("no network namespaces without privileges")
        robot_net, station_net = self.namespace(), self.namespace()
        self.connect(robot_net, station_net)
        network = [f"--control.address=udp://10.9.0.1:{self.port}"]
        command = self.command
        into = lambda pid: lambda name, *more: [
            "nsenter", "-t", pid, "-n", *command(name), *network, *more
        ]
        self.command = into(robot_net)
        robot = self.start_robot("--update.interface=10.9.0.1")
        self.make_motor()
        self.command = into(station_net)
        watch = self.start(
            "watch", "--format=json", "--update.interface=10.9.0.2"
        )
        self.assertIn("10.9.0.1:", watch.stdout.readline())
        self.start("gamepad", "--lx=1")
        self.command = command
        self.wait_until(lambda: (self.gamepad() or {}).get("connected"))
        # Without its cable the robot is on its own, and both come back to it.
        subprocess.run(
            ["nsenter", "-t", robot_net, "-n", "ip", "link", "del", "rr-robot"],
            check=True,
        )
        self.wait_until(lambda: not self.gamepad()["connected"])
        time.sleep(0.2)
        os.set_blocking(watch.stdout.fileno(), False)
        while True:
            try:
                os.read(watch.stdout.fileno(), 65536)
            except BlockingIOError:
                break
        os.set_blocking(watch.stdout.fileno(), True)
        self.connect(robot_net, station_net)
        self.assertIn("10.9.0.1:", os.read(watch.stdout.fileno(), 99).decode())
        self.wait_until(lambda: self.gamepad()["connected"])
        names = [event["event"] for event in self.events(robot)]
        self.assertEqual(names.count("Updates interrupted"), 1)
        self.assertEqual(names.count("Updates resumed"), 1)

    def lose_a_tenth(self, robot):
        """Of all control packets, at random, where they arrive."""
        rules = f"""
            table inet loss {{
                chain arriving {{
                    type filter hook input priority 0
                    udp dport {self.port} numgen random mod 10 0 counter drop
                }}
            }}
        """
        done = subprocess.run(
            ["nsenter", "-t", robot, "-n", "nft", "-f", "-"],
            input=rules, text=True, capture_output=True,
        )
        if done.returncode != 0:
            self.skipTest(f"no nftables here: {done.stderr}")

    def lost_packets(self, robot) -> int:
        rules = subprocess.check_output(
            ["nsenter", "-t", robot, "-n", "nft", "-j", "list", "ruleset"]
        )
        for rule in json.loads(rules)["nftables"]:
            for part in rule.get("rule", {}).get("expr", []):
                if "counter" in part:
                    return part["counter"]["packets"]
        return 0

    def test_a_bad_network_is_no_silence_and_silence_is_caught(self):
        allowed = subprocess.run(["unshare", "-n", "true"], capture_output=True)
        if os.geteuid() != 0 or allowed.returncode != 0:
            self.skipTest("no network namespaces without privileges")
        seconds = 6 * int(os.environ.get("RR_TEST_ROUNDS", "1"))
        robot_net, station_net = self.namespace(), self.namespace()
        self.connect(robot_net, station_net)
        self.lose_a_tenth(robot_net)
        inside = ["nsenter", "-t", station_net, "-n"]
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        near = free_port()
        relay = subprocess.Popen(
            [*inside, "/usr/bin/python3", RELAY, str(near), "10.9.0.1",
             str(self.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.addCleanup(relay.wait)
        self.addCleanup(relay.kill)
        self.addCleanup(relay.stdout.close)
        self.assertEqual(relay.stdout.readline(), "ready\n")
        command = self.command
        self.command = lambda name, *more: [
            "nsenter", "-t", robot_net, "-n", *command(name),
            f"--control.address=udp://10.9.0.1:{self.port}",
            "--control.timeout=250ms", *more,
        ]
        robot = self.start_robot("--update.interface=10.9.0.1")
        self.command = lambda name, *more: [*inside, *command(name), *more]
        driver = self.start(
            "gamepad", "--ly=0.5", f"--control.address=udp://127.0.0.1:{near}"
        )
        self.command = command
        self.wait_until(lambda: (self.gamepad() or {}).get("connected"))
        # Nothing is to happen meanwhile: it is time itself that is tested.
        time.sleep(seconds)
        driver.kill()
        self.wait_until(lambda: not self.gamepad()["connected"])
        # A network that was silent itself is no false alarm.
        longest = float(relay.communicate("", timeout=LIMIT)[0])
        lost = self.lost_packets(robot_net)
        names = [event["event"] for event in self.events(robot)]
        print(f"{seconds} s with {lost} packets lost and at most "
              f"{longest * 1e3:.0f} ms between two: "
              f"control lost {names.count('Control lost')} times")
        self.assertGreater(lost, seconds)
        if longest < 0.15:
            self.assertEqual(names.count("Control lost"), 1)
        else:
            self.assertGreaterEqual(names.count("Control lost"), 1)

    def test_listeners_see_what_a_device_says(self):
        self.start_robot()
        self.make_motor()
        watch = self.start("watch", "--count=1", "--format=json")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((GROUP, self.group_port))
            request = struct.pack(
                "4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1")
            )
            listener.setsockopt(
                socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request
            )
            listener.settimeout(LIMIT)
            values = {}
            while values.get("duty_cycle") != 0.25:
                kind, method, args = cbor2.loads(listener.recv(65536))
                self.assertEqual((kind, method), (2, "update"))
                values |= args[0][str(MOTOR)]
        out, errors = watch.communicate(timeout=LIMIT)
        self.assertEqual(watch.returncode, 0, errors)
        update = json.loads(out)
        self.assertRegex(update["source"], r"^127\.0\.0\.1:\d+$")
        self.assertIn(str(MOTOR), update["devices"])
        status = json.loads(
            self.run_command("status", "--format=json").stdout
        )
        self.assertGreater(status["update"]["datagrams"], 0)
        self.assertEqual(status["update"]["unsent"], 0)

    def test_watch_tells_two_robots_apart_and_a_full_pipe_ends_it(self):
        senders = []
        for _ in range(2):
            robot = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(robot.close)
            robot.setsockopt(
                socket.IPPROTO_IP,
                socket.IP_MULTICAST_IF,
                socket.inet_aton("127.0.0.1"),
            )
            senders.append(robot)
        watch = self.start("watch", "--format=json")
        seen = set()
        update = cbor2.dumps([2, "update", [{"7": {"x": 1}}]])
        os.set_blocking(watch.stdout.fileno(), False)
        text = ""

        def both_seen():
            nonlocal text
            for robot in senders:
                robot.sendto(update, (GROUP, self.group_port))
            try:
                text += os.read(watch.stdout.fileno(), 65536).decode()
            except BlockingIOError:
                pass
            for line in text.splitlines(keepends=True):
                if line.endswith("\n"):
                    seen.add(json.loads(line)["source"])
            return len(seen) == 2

        self.wait_until(both_seen)
        time.sleep(0.2)  # nothing more to print: silence must end it as well
        watch.stdout.close()
        self.assertEqual(watch.wait(LIMIT), 0)
        self.assertEqual(watch.stderr.read(), "")


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    sys.path.insert(0, sys.argv[2])
    from robot_runtime import buffers

    unittest.main(argv=sys.argv[:1], verbosity=2)
