#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command `record`, and what of a robot that runs is kept.
usage: record.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import time
from pathlib import Path

import cbor2

from black_box_case import BlackBoxCase
from mcap_reader import McapFile, read_by_foxglove
from robot_case import LIMIT, MOTOR, run_tests


class Record(BlackBoxCase):
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
        self.assertEqual(found.on("/control"),
                         [{"driver": "", "gamepads": {}}])
        # A file of a person is no record of an end.
        self.assertNotIn("record", self.run_command("explain").stdout)

    def test_the_reader_of_foxglove_opens_it(self):
        self.start_robot()
        path = self.run_command("record").stdout.strip()
        found = read_by_foxglove(path)
        if found is None:
            self.skipTest("no node, or no @mcap/core: "
                          "scripts/setup --browser brings it")
        self.assertTrue(found["whole"])
        self.assertIn("foxglove.Log", found["schemas"])
        self.assertEqual(found["indexed"], sum(found["topics"].values()))

    def test_who_drives_is_kept(self):
        self.start_robot()
        driver = self.driver()

        def drives():
            driver.send(cbor2.dumps(
                [2, "update_gamepads", [{"0": {"lx": lx}}]]))
            return self.holds(f'"lx":{lx}')

        # From rest: a robot that stood still on a busy machine wants it.
        for lx in (0.0, 0.5):
            self.wait_until(drives)
        done = self.run_command("record")
        seen = self.read(done.stdout.strip()).on("/control")
        driven = [x for x in seen if x["gamepads"].get("0", {}).get("lx")]
        self.assertEqual(driven[0]["gamepads"]["0"]["lx"], 0.5)
        self.assertTrue(driven[0]["driver"])

    def test_heads_of_calls_are_kept(self):
        self.start_robot()
        self.assertEqual(self.run_command("call", "ping").returncode, 0)
        self.assertEqual(self.run_command("call", "nonesuch").returncode, 1)
        self.wait_until(lambda: self.holds("nonesuch"))
        done = self.run_command("record")
        heads = [x for x in self.read(done.stdout.strip()).on("/log")
                 if x["message"].startswith("Call routed")]
        for method in ("ping", "nonesuch"):
            asked, = [x for x in heads if f"method={method}" in x["message"]]
            self.assertEqual(asked["level"], 1)
            self.assertIn("form=request", asked["message"])
            self.assertIn("to=broker-service", asked["message"])
        self.assertTrue([x for x in heads if "form=response" in x["message"]])
        self.assertTrue([x for x in heads if "form=failure" in x["message"]])

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

    def test_the_file_that_is_named_is_there(self):
        """Whatever goes for it: more than one of these is of one second."""
        self.start_robot("--record.max-files=1")
        for _ in range(5):
            done = self.run_command("record", "--record.max-files=1")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(
                [f"{self.folder}/state/records/{x}\n" for x in self.names()],
                [done.stdout])

    def test_no_device_and_no_link_is_replaced(self):
        """Root would lose /dev/null."""
        self.start_robot()
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        done = self.run_command("record", f"--output={pipe}")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(
            done.stderr, f"robot-runtime: cannot write {pipe}: is no regular "
            "file, expected another path\n")
        self.assertTrue(pipe.is_fifo())
        link, file = self.folder / "link", self.folder / "file"
        file.write_text("old")
        link.symlink_to(file)
        done = self.run_command("record", f"--output={link}")
        self.assertEqual(done.stdout, f"{file}\n", done.stderr)
        self.assertTrue(link.is_symlink())
        self.assertTrue(McapFile(file).whole)

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
