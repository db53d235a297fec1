#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The real runtime in surroundings of every kind: whatever it inherits, an
emergency exit code stops it at once, every other child gets SIGTERM first, and
one SIGTERM ends it.
usage: surroundings.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

from robot_case import LIMIT, run_tests
from surrounded_case import SurroundedCase, python, shell

USER = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"]

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
    # As few as two children need, where the limit cannot be raised.
    "64 descriptors": shell("ulimit -n 64"),
    "a small soft limit of descriptors": shell("ulimit -S -n 16"),
    "a small soft limit of memory": shell("ulimit -S -v 300000 -d 20000"),
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
    "an ordinary user": USER,
    "an ordinary user with umask 0777": [*USER, *shell("umask 0777")],
    "an ordinary user with 64 descriptors": [*shell("ulimit -n 64"), *USER],
    "an ordinary user without files": [*USER, *shell("ulimit -f 0")],
}

# Asked to come after everybody else, which on a busy machine takes long.
SLOW = {"the lowest priority", "the idle policy"}

# Shared memory is files, and so is the latch: a robot with devices cannot be
# without them, nor one whose stops are to hold.
WITHOUT_FILES = {"files of no size", "an ordinary user without files"}


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


class Surroundings(SurroundedCase):
    def runtime_of(self, child):
        """`unshare` and `setsid` may stand between."""
        pid = child.pid
        while True:
            self.assertIsNone(child.poll(), "the robot has ended by itself")
            try:
                if os.readlink(f"/proc/{pid}/exe") == str(self.copy):
                    return pid
                pid = int(children_of(pid)[0])
            except (FileNotFoundError, IndexError):
                time.sleep(0.01)
                pid = child.pid

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
        more = []
        if name in WITHOUT_FILES:
            self.clear()
            robot = self.launch(prefix, "--device.catalog=")
            self.assertEqual(robot.wait(LIMIT), 1)
            self.assertIn("an emergency stop could not be latched",
                          robot.stderr.read())
            more = ["--device.catalog=", "--emergency-stop.latch=false"]
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
            "*resource.getrlimit(resource.RLIMIT_NOFILE), "
            "*resource.getrlimit(resource.RLIMIT_AS), "
            "*resource.getrlimit(resource.RLIMIT_CPU), "
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
            "resource.setrlimit(resource.RLIMIT_AS, (1 << 32, -1));"
            "resource.setrlimit(resource.RLIMIT_CPU, (500, 1000));"
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
        self.assertEqual(rest, "0o27 4096000 524288 100 4096 4294967296 -1 "
                               "500 1000 [0, 1, 2]")

    def test_a_small_soft_limit_of_threads_is_for_children(self):
        (self.folder / "robot.ini").write_text(
            "[process.motor]\ncommand = [\"bash\", \"-c\", \"ulimit -u; "
            ": > ready; exec sleep 1000\"]\n"
            f"directory = \"{self.folder}\"\n")
        prefix = [*USER, *shell("ulimit -S -u 1")]
        if not can(prefix):
            self.skipTest("only root becomes another user")
        robot = self.launch(prefix)
        self.assertIn("1", [x["event"] for x in self.events(robot)])
        self.assertEqual(robot.returncode, 0)

    def running(self, robot):
        status = self.run_command("status", "--format=json")
        return [
            x["name"] for x in json.loads(status.stdout)["processes"]
            if x["state"] in ("starting", "running")
        ]

    # -- programs that cannot be executed --------------------------------------

    def test_a_program_that_is_none_is_a_failed_start(self):
        drive = self.folder / "drive"
        for text in ("", "exit 0\n"):
            drive.write_text(text)
            drive.chmod(0o755)
            self.clear()
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
