#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Words that a shell completes, in real shells.
usage: completion.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import os
import pty
import select
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from robot_case import LIMIT, MOTOR, RobotCase, run_tests

# Completes the words that it is given as readline would have it done.
BASH = """
program=$1
shift
source <("$program" completion bash)
[[ $(complete -p robot-runtime) == *_robot_runtime* ]] || exit 9
COMP_WORDS=("$program" "$@")
COMP_CWORD=$#
_robot_runtime "$program"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(RobotCase):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "robot.ini"
        self.file.write_text(
            "[application]\n"
            f'runtime-directory = "{self.folder}/run"\n'
            f'state-directory = "{self.folder}/state"\n'
            "[router]\n"
            'frontend = ["ipc://RUNTIME/rpc.sock"]\n'
            "[log]\n"
            'frontend = ["ipc://RUNTIME/log-front.sock"]\n'
            "[control]\n"
            f'address = "udp://127.0.0.1:{self.port}"\n'
            "[update]\n"
            f'address = "udp://224.1.1.1:{self.group_port}"\n'
            "[device]\n"
            f'prefix = "{self.prefix}"\n'
            f'catalog = "catalog.yaml"\n'
            f'names = {{ left = "{MOTOR}" }}\n'
            "[process.drive]\n"
            'command = ["/bin/sleep", "1000"]\n'
            "[process.arm]\n"
            'command = ["/bin/sleep", "1000"]\n')
        self.environment["RR_CONFIG_FILE"] = str(self.file)

    def command(self, name, *arguments):
        return [self.program, name, *arguments]

    def bash(self, *words):
        """The words as readline has parted them; the last one is completed."""
        done = subprocess.run(
            ["bash", "--norc", "-c", BASH, "bash", self.program, *words],
            env=self.environment, cwd=self.folder, capture_output=True,
            text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def wait_for_words(self, expected, *words):
        """A robot that is late for once is not waited for, and asked again."""
        self.wait_until(lambda: sorted(self.bash(*words)) == expected)

    def test_bash_completes_what_is_in_the_tables(self):
        self.assertIn("status", self.bash(""))
        self.assertEqual(self.bash("expl"), ["explain"])
        self.assertIn("--counters", self.bash("status", "--"))
        self.assertIn("--log.level=", self.bash("run", "--log.l"))
        self.assertEqual(self.bash("help", "exit"), ["exit-codes"])
        self.assertEqual(self.bash("nothing", ""), [])

    def test_bash_completes_values_behind_what_readline_has_parted(self):
        self.assertEqual(self.bash("status", "--format", "="),
                         ["pretty", "json"])
        self.assertEqual(self.bash("status", "--format", "=", "js"), ["json"])
        self.assertEqual(
            self.bash("logs", "--log.level", "=", "warn", "--format", "=", "p"),
            ["pretty"])
        self.assertEqual(self.bash("run", "--config-file", "=", "robot."),
                         ["robot.ini"])
        (self.folder / "here").mkdir()
        self.assertEqual(self.bash("init", "he"), ["here"])

    def test_without_a_robot_nothing_is_said(self):
        begin = time.monotonic()
        self.assertEqual(self.bash("restart", ""), [])
        self.assertEqual(self.bash("buffers", "show", ""), ["left"])
        self.file.write_text("nonsense\n")
        self.assertEqual(self.bash("restart", ""), [])
        self.assertLess(time.monotonic() - begin, LIMIT)

    def test_a_robot_that_hangs_is_not_waited_for(self):
        robot = self.start_robot()
        robot.send_signal(signal.SIGSTOP)
        self.addCleanup(robot.send_signal, signal.SIGCONT)
        begin = time.monotonic()
        self.assertEqual(self.bash("restart", ""), [])
        self.assertLess(time.monotonic() - begin, LIMIT / 2)

    def test_a_running_robot_is_asked_for_its_processes_and_devices(self):
        self.start_robot()
        self.make_motor()
        self.wait_for_words(["arm", "drive"], "restart", "")
        self.wait_for_words(["drive"], "stop", "d")
        self.start("gamepad")
        self.wait_until(self.gamepad)
        devices = self.bash("buffers", "show", "")
        self.assertEqual(devices[0], "left")
        self.assertIn(str(MOTOR), devices)
        self.assertIn("gamepad:0", devices)
        self.assertEqual(self.bash("buffers", "show", "gamepad", ":"),
                         [x[8:] for x in devices if x.startswith("gamepad:")])
        # The robot is the one that the line itself names.
        del self.environment["RR_CONFIG_FILE"]
        self.wait_for_words(
            ["drive"], "restart", "--config-file", "=", str(self.file), "d")

    def type_in(self, shell, *keys):
        """Types at a terminal, a pair at a time: keys, and what is to appear.
        What begins with ^U, which empties the line, is typed again when it was in
        vain: a robot that is late is not waited for."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execvpe(shell[0], shell, self.environment | {
                "PATH": f"{Path(self.program).parent}:{os.environ['PATH']}",
                "TERM": "dumb", "PS1": "", "HISTFILE": ""})
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.addCleanup(os.close, terminal)
        seen = ""
        for typed, awaited in keys:
            os.write(terminal, typed.encode())
            begin, end = len(seen), time.monotonic() + LIMIT
            while awaited not in seen[begin:]:
                self.assertLess(time.monotonic(), end,
                                f"no {awaited!r} in {seen!r}")
                ready, _, _ = select.select([terminal], [], [], 1)
                if not ready:
                    if typed.startswith("\x15"):
                        os.write(terminal, typed.encode())
                    continue
                seen += os.read(terminal, 65536).decode(errors="replace")
                seen = seen.replace("\a", "")

    def test_at_a_terminal_of_bash(self):
        self.type_in(
            ["bash", "--norc", "--noprofile", "-i"],
            ("source <(robot-runtime completion bash); echo rea''dy\n",
             "ready"),
            ("robot-runtime explai\t", "explain "),
            ("--form\t", "--format="), ("js\t", "json "),
            ("--log.lev\t", "--log.level="))

    def type_in_zsh(self, begin):
        self.start_robot()
        self.type_in(
            ["zsh", "-f", "-i"],
            (f"autoload -U compinit; {begin}; echo rea''dy\n", "ready"),
            ("robot-runtime explai\t", "explain "),
            ("--form\t", "--format="), ("js\t", "json "),
            ("\x15robot-runtime restart dr\t", "drive "))

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_at_a_terminal_of_zsh(self):
        self.type_in_zsh("compinit -D; source <(robot-runtime completion zsh)")

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh_finds_the_script_where_it_is_installed(self):
        folder = self.folder / "functions"
        folder.mkdir()
        script = self.run_command("completion", "zsh").stdout
        (folder / "_robot-runtime").write_text(script)
        self.type_in_zsh(f"fpath=({folder} $fpath); compinit -D -u")

    @unittest.skipUnless(shutil.which("shellcheck"), "there is no shellcheck")
    def test_the_script_for_bash_has_no_fault(self):
        script = subprocess.run(
            [self.program, "completion", "bash"], check=True,
            capture_output=True, text=True, timeout=LIMIT).stdout
        checked = subprocess.run(
            ["shellcheck", "--shell=bash", "-"], input=script, text=True,
            capture_output=True, timeout=LIMIT)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""))

    def test_bad_usage_is_refused(self):
        for words in ([], ["fish"], ["bash", "zsh"], ["words"]):
            refused = self.run_command("completion", *words)
            self.assertEqual(refused.returncode, 2)
            self.assertEqual(len(refused.stderr.splitlines()), 1)


if __name__ == "__main__":
    run_tests()
