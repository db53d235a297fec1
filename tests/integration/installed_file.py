#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which configuration is read where none is named: that of the installed
program, or none, and then nothing runs.

usage: installed_file.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import shutil
import subprocess
from pathlib import Path

from robot_case import LIMIT, RobotCase, run_tests


class InstalledFile(RobotCase):
    def setUp(self):
        super().setUp()
        built = Path(self.program).parent
        (self.folder / "bin").mkdir()
        (self.folder / "etc" / "robot-runtime").mkdir(parents=True)
        for name in ("robot-runtime", "robot-runtime-launcher"):
            shutil.copy2(built / name, self.folder / "bin")
        self.file = self.folder / "etc" / "robot-runtime" / "robot.ini"
        # Nothing of a robot that may be there is to be met.
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "XDG_RUNTIME_DIR": str(self.folder / "home"),
        }

    def say(self, *words, stdin=None, **variables):
        return subprocess.run(
            [self.folder / "bin" / "robot-runtime", *words],
            cwd=self.folder,
            stdin=stdin or subprocess.DEVNULL,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    def configuration(self, said):
        """A robot that is private to the test, says so, and ends."""
        return f"""
[application]
runtime-directory = "{self.folder}/run"
state-directory = "{self.folder}/state"
[router]
frontend = ["ipc://RUNTIME/rpc.sock"]
[log]
frontend = ["ipc://RUNTIME/log-front.sock"]
[control]
address = "udp://127.0.0.1:{self.port}"
[update]
address = "udp://224.1.1.1:{self.group_port}"
[device]
prefix = "{self.prefix}"
[process.one]
command = ["/bin/echo", "{said}"]
on-success = "stop"
"""

    def test_without_any_configuration_nothing_runs(self):
        for command in ("run", "check"):
            # What lies in the working directory is no reason to run it.
            (self.folder / "robot.ini").write_text(self.configuration("no"))
            done = self.say(command)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            for part in (str(self.file), "--config-file=FILE",
                         "robot-runtime init"):
                self.assertIn(part, done.stderr)
        self.assertFalse((self.folder / "home").exists())

    def test_the_installed_configuration_is_that_of_every_command(self):
        self.file.write_text(self.configuration("of the installed robot"))
        found = self.say("check")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertTrue(found.stdout.startswith(f"{self.file}: 1 process, "),
                        found.stdout)
        told = self.say("status")
        self.assertEqual(told.returncode, 1)
        self.assertIn(f"{self.folder}/run/rpc.sock", told.stderr)
        ran = self.say("run")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("of the installed robot", ran.stdout)

    def test_a_file_that_is_named_counts_more(self):
        self.file.write_text(self.configuration("of the installed robot"))
        named = self.folder / "named.ini"
        named.write_text(self.configuration("of the named robot"))
        for words, variables in (
            (["run", f"--config-file={named}"], {}),
            (["run"], {"RR_CONFIG_FILE": str(named)}),
        ):
            ran = self.say(*words, **variables)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertIn("of the named robot", ran.stdout)

    def test_an_option_alone_is_a_configuration(self):
        for words, variables in (
            (["--log.level=info"], {}),
            ([], {"RR_LOG_LEVEL": "info"}),
        ):
            found = self.say("check", *words, **variables)
            self.assertEqual(found.returncode, 0, found.stderr)
            self.assertTrue(
                found.stdout.startswith("no configuration file: 0 processes"),
                found.stdout)

    def test_what_was_found_names_the_file_or_the_pipe(self):
        self.file.write_text(self.configuration("of the installed robot"))
        found = self.say("check")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertTrue(
            found.stdout.startswith(f"{self.file}: 1 process,"), found.stdout)
        for name in ("/dev/stdin", "/dev/null"):
            with self.file.open() as given:
                found = self.say(
                    "check", f"--config-file={name}", stdin=given)
            count = "1 process," if name == "/dev/stdin" else "0 processes,"
            self.assertEqual(found.returncode, 0, found.stderr)
            self.assertTrue(
                found.stdout.startswith(f"{name}: {count}"), found.stdout)


if __name__ == "__main__":
    run_tests()
