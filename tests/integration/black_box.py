#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a robot leaves of its last minute, and who can read it.
usage: black_box.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from mcap_reader import McapFile, read_by_foxglove
from robot_case import LIMIT, MOTOR, RobotCase, free_port, run_tests


class BlackBox(RobotCase):
    def setUp(self):
        super().setUp()
        self.records = self.folder / "state" / "records"
        self.memory = self.folder / "run" / "black-box"
        # It would keep the next run from starting.
        self.options.append("--emergency-stop.latch=false")

    def configure(self, script):
        (self.folder / "motor.sh").write_text(script + "\n")
        file = self.folder / "robot.ini"
        file.write_text("[process.motor]\ncommand = [\"/bin/sh\", "
                        f"\"{self.folder}/motor.sh\"]\n")
        self.options.append(f"--config-file={file}")

    def names(self):
        if not self.records.exists():
            return []
        return sorted(x.name for x in self.records.iterdir())

    def kept(self, end, folder=None):
        """The only file, as two readers have it."""
        found = list((folder or self.records).glob("*.mcap"))
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0].name,
                         r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-" + end
                         + r"\.mcap$")
        return self.read(found[0])

    def read(self, path):
        result = McapFile(path)
        self.assertTrue(result.whole)
        for first, last in result.chunks:
            self.assertLess(last - first, 100_000_000)
        foxglove = read_by_foxglove(path)
        if foxglove:
            self.assertEqual(foxglove["indexed"], len(result.messages))
            self.assertEqual([x["data"] for x in foxglove["messages"]],
                             [x[2] for x in result.messages])
            self.assertEqual(foxglove["metadata"], result.metadata)
        return result

    def run_to_its_end(self, exit_code):
        robot = self.start("run", "--log.format=json")
        output, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, exit_code, errors)
        return [json.loads(x) for x in output.splitlines()]

    def explain(self):
        done = self.run_command("explain", "--format=json")
        return json.loads(done.stdout.splitlines()[0])

    def wait_for(self, pattern):
        self.wait_until(lambda: list(self.records.glob(pattern)))

    def holds(self, text):
        return text.encode() in self.memory.read_bytes()

    # -- ends ------------------------------------------------------------------

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

    # -- the command -------------------------------------------------------------

    def test_the_command_writes_what_is_held(self):
        self.start_robot()
        self.make_motor()
        self.wait_until(lambda: self.holds("0.25"))
        done = self.run_command("record")
        self.assertEqual(done.returncode, 0, done.stderr)
        path = done.stdout.strip()
        self.assertEqual(os.path.dirname(path), str(self.records))
        found = self.kept("record")
        self.assertEqual(found.about["end"], "record")
        self.assertEqual(found.about["pid"],
                         (self.folder / "run" / "lock").read_text().strip())
        values = found.on(f"/devices/{MOTOR}")
        self.assertEqual(values[-1]["current"]["duty_cycle"], 0.25)
        # A file of a person is no record of an end.
        self.assertNotIn("record", self.run_command("explain").stdout)

    def test_the_reader_of_foxglove_opens_it(self):
        self.start_robot()
        path = self.run_command("record").stdout.strip()
        found = read_by_foxglove(path)
        if found is None:
            self.skipTest("no node, or no @mcap/core: "
                          "npm ci --prefix tests/mcap brings it")
        self.assertTrue(found["whole"])
        self.assertIn("foxglove.Log", found["schemas"])
        self.assertEqual(found["indexed"], sum(found["topics"].values()))

    def test_who_drives_is_kept(self):
        self.start_robot()
        done = self.run_command("gamepad", "--lx=0.5", "--duration=300ms")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.wait_until(lambda: self.holds('"lx":0.5'))
        done = self.run_command("record")
        seen = self.read(done.stdout.strip()).on("/control")
        driven = [x for x in seen if x["gamepads"].get("0", {}).get("lx")]
        self.assertEqual(driven[0]["gamepads"]["0"]["lx"], 0.5)
        self.assertTrue(driven[0]["driver"])

    def test_status_names_the_last_file(self):
        self.configure("echo the last words; sleep 1000")
        robot = self.start_robot()

        def last():
            done = self.run_command("status", "--format=json")
            return json.loads(done.stdout)["last_record"]

        self.assertIsNone(last())
        self.wait_until(lambda: self.holds("the last words"))
        robot.kill()
        robot.communicate()
        self.start_robot()
        self.wait_until(last)
        self.assertEqual([last()], self.names())

    def test_the_command_goes_on_for_a_time(self):
        self.configure(f"while [ ! -e {self.folder}/go ]; do sleep 0.02; done; "
                       "i=0; while :; do echo count $i; i=$((i+1)); "
                       "sleep 0.05; done")
        self.start_robot()
        output = self.folder / "drive.mcap"
        command = self.start("record", "--for=2s", f"--output={output}")
        self.wait_until(lambda: list(self.folder.glob("drive.mcap.*.part")))
        (self.folder / "go").touch()
        out, errors = command.communicate(timeout=LIMIT)
        self.assertEqual(command.returncode, 0, errors)
        self.assertEqual(out, f"{output}\n")
        counts = [int(x.split()[1]) for x in self.read(output).texts()
                  if x.startswith("count ")]
        self.assertGreater(len(counts), 0)
        self.assertEqual(counts, list(range(len(counts))))

    def test_a_person_ends_it_and_has_what_there_is(self):
        self.start_robot()
        output = self.folder / "drive.mcap"
        command = self.start("record", "--for=1000s", f"--output={output}")
        self.wait_until(lambda: list(self.folder.glob("drive.mcap.*.part")))
        command.send_signal(signal.SIGINT)
        _, errors = command.communicate(timeout=LIMIT)
        self.assertEqual(command.returncode, 0, errors)
        self.read(output)

    def test_a_file_that_is_torn_has_lost_less_than_a_chunk(self):
        self.configure("i=0; while :; do echo count $i; i=$((i+1)); "
                       "sleep 0.01; done")
        self.start_robot()
        command = self.start("record", "--for=1000s",
                             f"--output={self.folder}/drive.mcap")

        def written():
            found = list(self.folder.glob("drive.mcap.*.part"))
            return found and found[0].stat().st_size > 20_000

        self.wait_until(written)
        command.kill()
        command.communicate()
        killed = time.time()
        torn, = self.folder.glob("drive.mcap.*.part")
        found = McapFile(torn)
        self.assertFalse(found.whole)
        self.assertGreater(len(found.messages), 10)
        foxglove = read_by_foxglove(torn, "--torn")
        if foxglove:
            self.assertEqual(foxglove["streamed"], len(found.messages))
        # On an idle machine it is a tenth of a second.
        lost = killed - found.messages[-1][1] / 1e9
        self.assertLess(lost, LIMIT)
        # Cut anywhere it is as good.
        data = torn.read_bytes()
        for size in range(100, len(data), max(1, len(data) // 50)):
            torn.write_bytes(data[:size])
            cut = McapFile(torn)
            whole = sum(1 for x in found.messages
                        if cut.chunks and x[1] <= cut.chunks[-1][0])
            self.assertGreaterEqual(len(cut.messages) + 1, whole)

    def test_what_is_wrong_is_told_in_a_line(self):
        def fails(code, *arguments):
            done = self.run_command("record", *arguments)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            return done.stderr

        self.assertIn("no such file or directory", fails(1))
        robot = self.start_robot()
        self.assertIn("none/x.mcap: no such file",
                      fails(1, f"--output={self.folder}/none/x.mcap"))
        self.assertIn("--output", fails(2, "--output="))
        self.assertIn("--for", fails(2, "--for=soon"))
        self.events(robot)
        self.assertIn("no runtime writes to", fails(1, "--for=1s"))
        self.assertEqual(self.run_command("record").returncode, 0)

    def test_there_is_none_where_none_is_to_be_kept(self):
        self.options.append("--record.keep=0s")
        self.configure("exit 3")
        self.run_to_its_end(1)
        self.assertEqual(self.names(), [])
        self.assertFalse(self.memory.exists())
        self.configure("sleep 1000")
        robot = self.start_robot()
        threads = [x.read_text().strip() for x in
                   Path(f"/proc/{robot.pid}/task").glob("*/comm")]
        self.assertNotIn("rr-black-box", threads)


if __name__ == "__main__":
    run_tests()
