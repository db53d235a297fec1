#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a robot leaves of its last minute when it ends, however it does.
usage: black_box.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import subprocess
import time

from black_box_case import BlackBoxCase
from mcap_reader import McapFile
from robot_case import LIMIT, free_port, run_tests


class BlackBox(BlackBoxCase):
    def test_an_emergency_stop_leaves_its_cause_and_all_around_it(self):
        self.configure("sleep 0.5; echo the last words; exit 255")
        events = self.run_to_its_end(255)
        found = self.kept("emergency-stop")
        self.assertEqual(found.about["cause"],
                         "process motor exited with code 255")
        texts = found.texts()
        self.assertIn("the last words", " ".join(texts))
        for event in ("Process started", "Received emergency stop",
                      "Application is exiting"):
            self.assertTrue([x for x in texts if x.startswith(event)], texts)
        self.assertEqual(events[-1]["event"], "Application is exiting")
        states = [{x["name"]: x["state"] for x in state["processes"]}
                  for state in found.on("/robot/state")]
        self.assertIn("running", [x.get("motor") for x in states])
        name, = self.names()
        end = self.explain()
        self.assertEqual(end["record"], str(self.records / name))
        self.assertIn(name, self.run_command("explain").stdout)

    def test_a_failure_leaves_a_file(self):
        self.configure("exit 3")
        self.run_to_its_end(1)
        found = self.kept("failure")
        self.assertEqual(found.about["cause"],
                         "process motor exited with code 3")

    def test_an_orderly_stop_leaves_none(self):
        for end in (signal.SIGTERM, signal.SIGINT):
            robot = self.start_robot()
            robot.send_signal(end)
            self.assertEqual(robot.wait(LIMIT), 0)
            robot.communicate()
        robot = self.start_robot()
        self.assertEqual(self.run_command("stop").returncode, 0)
        self.assertEqual(robot.wait(LIMIT), 0)
        robot.communicate()
        self.assertEqual(self.names(), [])
        self.assertNotIn("record", self.explain())
        # Nor does the next start take it for a killed one.
        self.start_robot()
        self.assertEqual(self.names(), [])
        self.assertEqual([x.name for x in (self.folder / "run").iterdir()
                          if "left" in x.name], [])

    def test_a_stop_that_a_process_asks_for_leaves_a_file(self):
        self.configure("exit 0")
        self.options.append("--process.motor.on-success=stop")
        self.run_to_its_end(0)
        self.kept("stop")

    def test_a_forced_stop_leaves_a_file(self):
        self.configure(f"trap '' TERM; touch {self.folder}/trapped; "
                       "while :; do sleep 0.1; done")
        self.options.append("--process.motor.terminate-timeout=1000s")
        robot = self.start_robot()
        self.wait_until((self.folder / "trapped").exists)
        robot.send_signal(signal.SIGTERM)
        self.wait_until(lambda: b"stopping" in subprocess.run(
            self.command("status"), env=self.environment,
            capture_output=True).stdout or robot.poll() is not None)
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 1)
        robot.communicate()
        self.kept("forced-stop")

    def test_what_a_killed_runtime_left_is_written_by_the_next(self):
        self.configure("echo the last words; sleep 1000")
        robot = self.start_robot()
        self.wait_until(lambda: self.holds("the last words"))
        robot.kill()
        robot.communicate()
        self.assertEqual(self.names(), [])
        next_one = self.start_robot()
        self.wait_for("*-killed.mcap")
        found = self.kept("killed")
        self.assertIn("the last words", " ".join(found.texts()))
        end = self.explain()
        self.assertEqual(end["record"], str(self.records / self.names()[0]))
        events = self.events(next_one)
        told = [x for x in events
                if x["event"] == "Black box of an earlier run written"]
        self.assertEqual(told[0]["file"], end["record"])
        self.assertEqual(len(self.names()), 1)

    # -- what cannot be written --------------------------------------------------

    def test_a_directory_that_cannot_be_written_delays_nothing(self):
        self.configure("exit 255")
        self.records.parent.mkdir(0o700)
        self.records.write_text("no directory")
        begin = time.monotonic()
        events = self.run_to_its_end(255)
        self.assertLess(time.monotonic() - begin, LIMIT / 2)
        told = [x for x in events if x["event"] == "Black box not written"]
        self.assertEqual(len(told), 1)
        self.assertIn(str(self.records), told[0]["error"])
        self.records.unlink()
        self.configure("sleep 1000")
        self.start_robot()
        self.wait_for("*-emergency-stop.mcap")
        self.assertEqual(self.kept("emergency-stop").about["cause"],
                         "process motor exited with code 255")

    def test_a_full_disk_delays_nothing(self):
        place = self.folder / "disk"
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
        if subprocess.run(["unshare", "-m", *mount],
                          capture_output=True).returncode != 0:
            self.skipTest("nothing can be mounted here")
        self.configure("exit 255")
        fill = f"head -c 64M /dev/zero >{place}/fill 2>/dev/null"
        line = " ".join(mount) + f' && {{ {fill}; exec "$0" "$@"; }}'
        robot = self.spawn(
            ["unshare", "-m", "sh", "-c", line,
             *self.command("run", f"--record.directory={place}")])
        output, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        told = [json.loads(x) for x in output.splitlines()
                if "Black box not written" in x]
        self.assertIn("no space left", told[0]["error"])
        # The memory is there.
        done = self.run_command("record")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = self.read(done.stdout.strip())
        self.assertTrue([x for x in found.texts()
                         if x.startswith("Received emergency stop")])

    def test_the_oldest_files_go(self):
        self.configure("exit 3")
        self.options.append("--record.max-files=2")
        for _ in range(3):
            self.run_to_its_end(1)
        self.assertEqual(len(self.names()), 2)

    def test_bytes_of_an_enemy_keep_no_robot_from_starting(self):
        run = self.folder / "run"
        run.mkdir(0o700)

        def fifo():
            os.mkfifo(self.memory)

        def folder():
            self.memory.mkdir()

        def written(data):
            return lambda: self.memory.write_bytes(data)

        head = bytes.fromhex("01725242 6f787801 00".replace(" ", ""))[:8]
        def remove():
            if self.memory.is_dir():
                self.memory.rmdir()
            else:
                self.memory.unlink(missing_ok=True)

        for make in (written(b""), written(b"x" * 100_000),
                     written(head + b"\xff" * 100_000), fifo, folder,
                     lambda: self.memory.symlink_to("/dev/zero")):
            remove()
            make()
            robot = self.start_robot()
            events = self.events(robot)
            self.assertEqual(robot.returncode, 0)
            told = [x["event"] for x in events if "lack box" in x["event"]]
            self.assertEqual(told, ["Black box cannot be kept"]
                             if self.memory.is_dir() else [])

    def test_two_runtimes_have_files_of_their_own(self):
        self.configure("exit 3")
        shared = self.folder / "shared"
        robots = []
        for name in ("a", "b"):
            options = [f"--application.runtime-directory={self.folder}/{name}",
                       f"--application.state-directory={self.folder}/s{name}",
                       f"--device.prefix={self.prefix}-{name}",
                       f"--record.directory={shared}"]
            port = self.port if name == "a" else free_port()
            options += [f"--application.name={name}",
                        f"--control.address=udp://127.0.0.1:{port}"]
            robots.append(self.spawn(
                [self.program, "run", *self.options, *options]))
        for robot in robots:
            robot.communicate(timeout=LIMIT)
            self.assertEqual(robot.returncode, 1)
        found = [McapFile(x).about["app"] for x in shared.glob("*.mcap")]
        self.assertEqual(sorted(found), ["a", "b"])


if __name__ == "__main__":
    run_tests()
