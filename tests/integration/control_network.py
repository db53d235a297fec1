#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A robot and its driver's station on two networks with a cable between them,
which loses packets or is pulled.
usage: control_network.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import subprocess
import time
from pathlib import Path

from robot_case import LIMIT, RobotCase, free_port, run_tests

RELAY = Path(__file__).parents[1] / "programs" / "relay.py"


class ControlNetwork(RobotCase):
    def setUp(self):
        allowed = subprocess.run(["unshare", "-n", "true"], capture_output=True)
        if os.geteuid() != 0 or allowed.returncode != 0:
            self.skipTest("no network namespaces without privileges")
        super().setUp()
        self.robot_net, self.station_net = self.namespace(), self.namespace()
        self.connect(self.robot_net, self.station_net)

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
        robot_net, station_net = self.robot_net, self.station_net
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
        seconds = 6 * int(os.environ.get("RR_TEST_ROUNDS", "1"))
        robot_net, station_net = self.robot_net, self.station_net
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


if __name__ == "__main__":
    run_tests()
