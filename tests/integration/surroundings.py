#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The real runtime in surroundings of every kind: whatever it inherits, an
emergency exit code stops it at once, every other child gets SIGTERM first, and
one SIGTERM ends it. Then the signals that end a program, and a terminal that
closes.
usage: surroundings.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import fcntl
import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import sys
import termios
import time
from pathlib import Path

from robot_case import LIMIT, RobotCase, run_tests

# The first child raises the emergency once a file is there; the second says
# that it is there, and that it was asked to end.
INI = """
[process.battery]
command = ["sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; exit 255"]
directory = "{folder}"
[process.motor]
command = ["sh", "-c", "trap ': > terminated; exit 0' TERM; : > ready; \
while :; do sleep 0.02; done"]
directory = "{folder}"
"""

# As a Python program that becomes the runtime, after some code.
PYTHON = [sys.executable, "-c"]
BECOME = "; import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"


def python(code):
    return [*PYTHON, "import signal, ctypes, resource; " + code + BECOME]


def shell(code):
    return ["bash", "-c", code + '; exec "$@"', "bash"]


SURROUNDINGS = {
    "plain": [],
    "an ignored SIGCHLD": shell("trap '' CHLD"),
    "ignored SIGTERM and SIGINT": shell("trap '' TERM INT"),
    "every signal ignored": python(
        "[signal.signal(x, signal.SIG_IGN) for x in signal.valid_signals()"
        " if x not in (9, 19)]"
    ),
    "every signal blocked": python(
        "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"
    ),
    "an alarm": python(
        "[signal.setitimer(x, 0.3, 0.01) for x in (0, 1, 2)]"
    ),
    "umask 0777": shell("umask 0777"),
    "umask 0000": shell("umask 0000"),
    "closed standard descriptors": shell("exec <&- >&- 2>&-"),
    "a closed standard output": shell("exec >&-"),
    "open descriptors": shell("exec 50</dev/null 51</ 9>/dev/null"),
    "files of no size": shell("ulimit -f 0"),
    "a small soft limit of files": shell("ulimit -S -f 1"),
    "64 descriptors": shell("ulimit -n 64"),
    "a small soft limit of descriptors": shell("ulimit -S -n 16"),
    "a small stack": shell("ulimit -S -s 512"),
    "an endless stack": shell("ulimit -S -s unlimited"),
    "no core files": shell("ulimit -c 0"),
    "a session of its own": ["setsid", "--wait"],
    "nohup": ["nohup"],
    "the lowest priority": ["nice", "-n", "19"],
    "the idle policy": ["chrt", "--idle", "0"],
    "no random addresses": ["setarch", "-R"],
    "a slow timer": python(
        "ctypes.CDLL(None).prctl(29, ctypes.c_ulong(5_000_000_000))"
    ),
    "a signal when the parent dies": ["setpriv", "--pdeathsig", "KILL"],
    "a folder that is gone": shell('mkdir "$D/x"; cd "$D/x"; rmdir "$D/x"'),
    "no environment but the path": ["env", "-i", "PATH=/usr/bin:/bin"],
    "process 1": ["unshare", "--pid", "--fork", "--mount-proc"],
    "process 1 of a user": [
        "unshare", "--user", "--map-root-user", "--pid", "--fork",
        "--mount-proc",
    ],
    "an ordinary user": [
        "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups",
    ],
    "an ordinary user with umask 0777": [
        "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups",
        *shell("umask 0777"),
    ],
    "an ordinary user without files": [
        "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups",
        *shell("ulimit -f 0"),
    ],
}

# Asked to come after everybody else, which on a busy machine takes long.
SLOW = {"the lowest priority", "the idle policy"}

# Shared memory is files, so a robot with devices cannot be without them.
WITHOUT_DEVICES = {"files of no size", "an ordinary user without files"}


def can(prefix) -> bool:
    """Whether this user may make such surroundings on this machine."""
    try:
        done = subprocess.run(
            [*prefix, "true"], capture_output=True, env=os.environ | {"D": "/tmp"}
        )
    except FileNotFoundError:
        return False
    return done.returncode == 0


def children_of(pid):
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []


class Surroundings(RobotCase):
    def setUp(self):
        super().setUp()
        # What an ordinary user may execute.
        self.copy = self.folder / "robot-runtime"
        for name in ("robot-runtime", "robot-runtime-launcher"):
            source = Path(self.program).parent / name
            shutil.copy(source, self.folder / name)
        (self.folder / "robot.ini").write_text(INI.format(folder=self.folder))
        self.folder.chmod(0o777)
        self.environment |= {"D": str(self.folder), "HOME": str(self.folder)}

    def clear(self):
        for name in ("go", "ready", "terminated"):
            (self.folder / name).unlink(missing_ok=True)
        for name in ("run", "state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def launch(self, prefix, *more, **how):
        options = [x for x in self.options if "catalog" not in x or
                   "--device.catalog=" not in more]
        child = subprocess.Popen(
            [*prefix, self.copy, "run", f"--config-file={self.folder}/robot.ini",
             *options, *(x for x in more if x != "--device.catalog=")],
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
        self.robot = child
        self.begun = time.monotonic()
        self.wait_until(
            lambda: (self.folder / "ready").exists() or child.poll() is not None
        )
        return child

    def runtime_of(self, child):
        """`unshare` and `setsid` may stand between."""
        pid = child.pid
        while os.readlink(f"/proc/{pid}/exe") != str(self.copy):
            pid = int(children_of(pid)[0])
        return pid

    def check_one(self, name, prefix):
        """Leaves nothing behind that the next would meet."""
        try:
            self.check_stops(name, prefix)
        finally:
            self.end(self.robot)
            for pid in self.left_over():
                os.kill(pid, signal.SIGKILL)

    def left_over(self):
        for entry in Path("/proc").iterdir():
            try:
                if os.readlink(entry / "cwd") == str(self.folder):
                    yield int(entry.name)
            except (OSError, ValueError):
                pass

    def check_stops(self, name, prefix):
        more = ["--device.catalog="] if name in WITHOUT_DEVICES else []
        self.clear()
        robot = self.launch(prefix, *more)
        if name == "an alarm":
            time.sleep(max(0, self.begun + 0.5 - time.monotonic()))
        begin = time.monotonic()
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255, robot.stderr.read())
        if name not in SLOW:
            self.assertLess(time.monotonic() - begin, 5)
        self.assertTrue((self.folder / "terminated").exists())

        self.clear()
        robot = self.launch(prefix, *more)
        os.kill(self.runtime_of(robot), signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 0, robot.stderr.read())
        self.assertTrue((self.folder / "terminated").exists())

    def test_a_stop_works_in_all_surroundings(self):
        for name, prefix in SURROUNDINGS.items():
            with self.subTest(name):
                if can(prefix):
                    self.check_one(name, prefix)
                else:
                    print(f"cannot make here: {name}")

    # -- what others may see, and what children get ---------------------------

    def test_no_umask_opens_the_runtime_to_others(self):
        log = self.folder / "robot.log"
        robot = self.launch(shell("umask 0000"), f"--log.file={log}")
        for path in (self.folder / "run", *(self.folder / "run").iterdir(), log):
            mode = stat.S_IMODE(path.stat().st_mode)
            self.assertEqual(mode & 0o022, 0, f"{path} {mode:o}")
        for path in Path("/dev/shm").glob(f"{self.prefix}-*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        self.events(robot)

    def test_children_get_what_the_runtime_was_started_with(self):
        code = (
            "import os, re, resource; "
            "text = open('/proc/self/status').read(); "
            "print(*re.findall(r'Sig(?:Blk|Ign):\\s*(\\w+)', text), "
            "oct(os.umask(0)), resource.getrlimit(resource.RLIMIT_FSIZE)[0], "
            "resource.getrlimit(resource.RLIMIT_STACK)[0], "
            "resource.getrlimit(resource.RLIMIT_NOFILE)[0], "
            "sorted(map(int, os.listdir('/proc/self/fd')))[:-1])"
        )
        child = [sys.executable, "-I", "-c", code]
        prefix = python(
            "import os; [signal.signal(x, signal.SIG_IGN) for x in"
            " signal.valid_signals() if x not in (9, 19)];"
            "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals());"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4096000, -1));"
            "resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, -1));"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 4096));"
            "os.umask(0o27); [os.dup2(0, x) for x in (20, 30)];"
            "[os.set_inheritable(x, True) for x in (20, 30)]"
        )
        robot = self.launch(
            prefix, f"--process.state.command={json.dumps(child)}"
        )
        self.wait_until(
            lambda: "state" not in self.running(robot)
        )
        lines = [
            event["event"] for event in self.events(robot)
            if event.get("process") == "state" and event.get("stream")
        ]
        blocked, ignored, rest = lines[0].split(" ", 2)
        self.assertEqual(int(blocked, 16), 0)
        # By the interpreter and by the C library themselves.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, 32, 33):
            ignored = f"{int(ignored, 16) & ~(1 << number - 1):x}"
        self.assertEqual(int(ignored, 16), 0)
        self.assertEqual(rest, "0o27 4096000 524288 100 [0, 1, 2]")

    def running(self, robot):
        status = self.run_command("status", "--format=json")
        return [
            x["name"] for x in json.loads(status.stdout)["processes"]
            if x["state"] in ("starting", "running")
        ]

    # -- signals ---------------------------------------------------------------

    def test_sigquit_is_an_orderly_stop(self):
        robot = self.launch([])
        robot.send_signal(signal.SIGQUIT)
        out, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 0)
        events = [json.loads(line) for line in out.splitlines()]
        self.assertTrue((self.folder / "terminated").exists())
        last = [x for x in events if x["event"] == "Application is exiting"]
        self.assertEqual(last[0]["reason"], "SIGQUIT")

    def ignored(self, robot, name):
        def told():
            line = robot.stdout.readline()
            event = json.loads(line)
            return event["event"] == "Signal ignored" and event["signal"] == name

        self.wait_until(told)

    def test_sighup_without_a_terminal_ends_nothing(self):
        robot = self.launch([], start_new_session=True)
        for _ in range(2):
            robot.send_signal(signal.SIGHUP)
            self.ignored(robot, "SIGHUP")
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_stray_signals_end_nothing(self):
        robot = self.launch([])
        names = "USR1 USR2 ALRM VTALRM PROF IO PWR STKFLT".split()
        strays = {getattr(signal, "SIG" + x, 16): "SIG" + x for x in names}
        strays[signal.SIGIO] = "SIGPOLL"
        for number, name in strays.items():
            robot.send_signal(number)
            self.ignored(robot, name)
        for number in (signal.SIGRTMIN, signal.SIGRTMAX):
            robot.send_signal(number)
            self.ignored(robot, f"SIGRTMIN+{number - signal.SIGRTMIN}")
        for quiet in "XCPU XFSZ PIPE TTIN TTOU WINCH URG CHLD CONT".split():
            robot.send_signal(getattr(signal, "SIG" + quiet))
        (self.folder / "go").touch()
        self.assertEqual(robot.wait(LIMIT), 255)

    def test_what_was_ignored_at_the_start_stays_ignored(self):
        robot = self.launch(shell("trap '' HUP QUIT USR1"))
        for number in (signal.SIGHUP, signal.SIGQUIT):
            robot.send_signal(number)
        robot.send_signal(signal.SIGUSR1)
        self.ignored(robot, "SIGUSR1")
        robot.send_signal(signal.SIGTERM)
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_a_second_sigquit_forces_the_stop(self):
        stubborn = ["sh", "-c", "trap '' TERM; : > ready2; "
                    "while :; do sleep 0.05; done"]
        robot = self.launch(
            [],
            f"--process.stubborn.command={json.dumps(stubborn)}",
            f"--process.stubborn.directory={self.folder}",
            "--process.stubborn.terminate-timeout=60s",
        )
        self.wait_until((self.folder / "ready2").exists)
        robot.send_signal(signal.SIGQUIT)
        self.wait_until((self.folder / "terminated").exists)
        robot.send_signal(signal.SIGQUIT)
        self.assertEqual(robot.wait(LIMIT), 1)

    def test_the_death_of_the_parent_is_an_orderly_stop_where_it_is_asked_for(
        self,
    ):
        log = self.folder / "robot.log"
        parent = self.launch(
            ["sh", "-c", 'setpriv --pdeathsig KILL "$@" & wait', "sh"],
            f"--log.file={log}",
        )
        parent.kill()
        parent.wait()
        self.wait_until(lambda: '"Application is exiting"' in log.read_text())
        self.assertTrue((self.folder / "terminated").exists())
        self.assertIn('"reason":"SIGTERM"', log.read_text())

    # -- a terminal that closes ------------------------------------------------

    def on_terminal(self, hang_up_twice=False):
        """Starts the runtime as the leader of a session on a terminal, closes
        that, and returns its exit code."""
        master, slave = pty.openpty()
        log = self.folder / "robot.log"

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        child = subprocess.Popen(
            [self.copy, "run", f"--config-file={self.folder}/robot.ini",
             *self.options, f"--log.file={log}"],
            env=self.environment, stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=own_terminal,
        )
        self.addCleanup(self.end, child)
        os.close(slave)
        self.wait_until((self.folder / "ready").exists)
        if hang_up_twice:
            child.send_signal(signal.SIGHUP)
            child.send_signal(signal.SIGHUP)
        os.close(master)
        return child.wait(LIMIT), log.read_text()

    def test_a_terminal_that_closes_is_an_orderly_stop(self):
        code, log = self.on_terminal()
        self.assertEqual(code, 0)
        self.assertTrue((self.folder / "terminated").exists())
        self.assertIn('"Application is exiting"', log)
        self.assertIn('"reason":"SIGHUP"', log)
        self.assertNotIn("Killed process", log)

    def test_several_hang_ups_are_one_orderly_stop(self):
        code, log = self.on_terminal(True)
        self.assertEqual(code, 0)
        self.assertTrue((self.folder / "terminated").exists())
        self.assertNotIn("Killed process", log)

    # -- programs that cannot be executed --------------------------------------

    def test_a_program_that_is_none_is_a_failed_start(self):
        drive = self.folder / "drive"
        for text in ("", "exit 0\n"):
            drive.write_text(text)
            drive.chmod(0o755)
            robot = self.launch(
                [], f'--process.drive.command=["{drive}"]',
                "--process.drive.on-failure=emergency-stop",
            )
            out, _ = robot.communicate(timeout=LIMIT)
            self.assertEqual(robot.returncode, 255)
            failed = [x for x in map(json.loads, out.splitlines())
                      if x["event"] == "Process failed to start"]
            self.assertIn("neither an executable nor a script",
                          failed[0]["error"])

    def test_an_interpreter_that_is_missing_is_named(self):
        drive = self.folder / "drive"
        drive.write_text("#!/usr/bin/python3\r\n")
        drive.chmod(0o755)
        option = f'--process.drive.command=["{drive}"]'
        for command in ("check", "run"):
            done = self.run_command(command, option)
            self.assertEqual(done.returncode, 2)
            self.assertIn(r'interpreter "/usr/bin/python3\r"', done.stderr)


if __name__ == "__main__":
    run_tests()
