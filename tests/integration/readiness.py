#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Children of the real runtime that say when they are ready and that they live,
by every means there is, and such that do not.
usage: readiness.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [PROGRAM-OF-LIBSYSTEMD]"""

import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from child_case import ChildCase, marked
from robot_case import LIMIT, run_tests

NOTIFY = shutil.which("systemd-notify")
LIBSYSTEMD = sys.argv.pop(3) if len(sys.argv) > 3 else ""


class Readiness(ChildCase):
    # -- readiness ----------------------------------------------------------

    def test_a_shell_says_it_by_systemd_notify(self):
        if not NOTIFY:
            self.skipTest("no systemd-notify")
        script = "systemd-notify --ready --status=warm; exec sleep 1000"
        robot = self.robot(
            child={"command": ["/bin/sh", "-c", script], "ready": "notify"}
        )
        self.wait_ready()
        child = self.process()
        self.assertEqual(child["state"], "running")
        self.assertEqual(child["status_text"], "warm")
        events = self.events(robot)
        ready = self.named(events, "Process ready")
        self.assertEqual([x["pid"] for x in ready], [child["pid"]])
        self.assertGreaterEqual(ready[0]["after_ms"], 0)
        self.assertEqual(self.named(events, "Notification refused"), [])

    def test_a_program_that_links_libsystemd_works_as_it_is(self):
        if not LIBSYSTEMD:
            self.skipTest("not built without libsystemd")
        robot = self.robot(
            child={
                "command": [LIBSYSTEMD],
                "ready": "notify",
                "watchdog": "1s",
            }
        )
        self.wait_ready()
        self.wait_until(lambda: self.process()["status_text"] >= "beat 4")
        events = self.events(robot)
        said = [x["event"] for x in events if x.get("stream") == "stdout"]
        self.assertEqual(said, ["watchdog 1000000", "barrier 0"])
        self.assertEqual(self.named(events, "Watchdog missed"), [])
        self.assertEqual(self.named(events, "Notification refused"), [])

    def test_what_comes_after_waits_until_it_is_ready(self):
        robot = self.robot(
            drive={
                "command": self.python(
                    "go = os.path.join(sys.path[0], 'go')\n"
                    "say('STATUS=waiting')\n"
                    "while not os.path.exists(go): signal.sigtimedwait([], 0.01)\n"
                    "say('READY=1')\n"
                    "signal.pause()\n"
                ),
                "ready": "notify",
            },
            student={"command": ["/bin/sleep", "1000"], "after": ["drive"]},
        )
        self.wait_until(
            lambda: self.process("drive")["status_text"] == "waiting"
        )
        status = self.status()
        self.assertEqual(status["state"], "starting")
        drive, student = status["processes"]
        self.assertEqual((drive["state"], drive["ready"]), ("starting", False))
        self.assertEqual(student["state"], "waiting")
        self.assertEqual(student["waiting_for"], ["drive"])
        self.assertIsNone(student["pid"])
        shown = self.run_command("status").stdout
        self.assertIn("  waits for drive\n", shown)
        (self.folder / "go").touch()
        self.wait_ready("student")
        self.assertEqual(self.status()["state"], "running")

        told = self.run_command("status", "--startup", "--format=json")
        startup = json.loads(told.stdout)
        self.assertEqual(startup["critical_path"], ["drive", "student"])
        drive, student = startup["processes"]
        self.assertGreaterEqual(student["began"], drive["ready"])
        self.assertEqual(student["waited_for"], "drive")
        shown = self.run_command("status", "--startup").stdout.splitlines()
        self.assertEqual(shown[0], "critical path: drive, student")
        self.assertTrue(shown[1].startswith("student  @"), shown)
        self.assertTrue(shown[2].startswith("└─drive  @"), shown)
        events = self.events(robot)
        order = [
            (x["event"], x["process"])
            for x in events
            if x["event"] in ("Process started", "Process ready")
        ]
        self.assertEqual(
            order,
            [
                ("Process started", "drive"),
                ("Process ready", "drive"),
                ("Process started", "student"),
                ("Process ready", "student"),
            ],
        )

    def test_one_that_never_is_ready_fails_for_that(self):
        robot = self.start_run(
            child={
                "command": ["/bin/sleep", "1000"],
                "ready": "notify",
                "ready_timeout": "100ms",
                "on_failure": "stop",
            }
        )
        output, errors = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 1, errors)
        events = [json.loads(x) for x in output.splitlines()]
        failed = self.named(events, "Process failed")
        self.assertEqual(failed[0]["reason"], "not ready in time")
        self.assertEqual(
            self.named(events, "Application is exiting")[0]["reason"],
            "process child failed: not ready in time",
        )

    def test_a_stranger_is_refused(self):
        robot = self.robot(
            child={
                "command": self.python(
                    "print(os.environ['NOTIFY_SOCKET'], flush=True)\n"
                    "signal.pause()\n"
                ),
                "ready": "notify",
                "ready_timeout": "100s",
            }
        )
        said = next(
            x for x in self.lines(robot) if x.get("stream") == "stdout"
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"READY=1\nWATCHDOG=trigger", said["event"])
            refused = self.wait_for(robot, "Notification refused")
        self.assertIn(f"process {os.getpid()} ", refused["reason"])
        self.assertEqual(self.process()["state"], "starting")
        self.assertEqual(Path(said["event"]).parent, self.folder / "run")

    def test_what_systemd_tells_the_runtime_is_for_no_child(self):
        self.environment.update(
            NOTIFY_SOCKET=str(self.folder / "none"),
            WATCHDOG_USEC="1000000",
            WATCHDOG_PID="1",
        )
        script = (
            "print([x for x in os.environ if 'NOTIFY' in x or "
            "'WATCHDOG' in x], flush=True)\nsignal.pause()\n"
        )
        robot = self.robot(child={"command": self.python(script)})
        said = next(
            x for x in self.lines(robot) if x.get("stream") == "stdout"
        )
        self.assertEqual(said["event"], "[]")

    # -- the watchdog -------------------------------------------------------

    def test_one_that_falls_silent_is_started_again(self):
        robot = self.robot(
            child={
                "command": self.python(
                    "say('READY=1')\n"
                    "mark = os.path.join(sys.path[0], 'mark')\n"
                    "silent = not os.path.exists(mark)\n"
                    "open(mark, 'w')\n"
                    "for beat in range(0 if silent else 10**6):\n"
                    "    say('WATCHDOG=1')\n"
                    "    print('beat', beat, flush=True)\n"
                    "    signal.sigtimedwait([], 0.1)\n"
                    "signal.pause()\n"
                ),
                "ready": "notify",
                "watchdog": "500ms",
                "restart": "on-failure",
            }
        )
        missed = self.wait_for(robot, "Watchdog missed")
        self.assertGreaterEqual(missed["late_ms"], 0)
        again = self.wait_for(robot, "Process restarting")
        self.assertEqual(
            again["reason"], "process child failed: watchdog missed"
        )
        self.wait_for(robot, "Process ready")
        # Several times as long as it may be silent.
        self.wait_for(robot, "beat 20")
        self.assertEqual(self.process()["restarts"], 1)
        self.assertTrue(self.process()["ready"])

    def test_a_runtime_that_stood_still_ends_nobody(self):
        robot = self.robot(
            child={
                "command": self.python(
                    "say('READY=1')\n"
                    "beats = open(os.path.join(sys.path[0], 'beats'), 'w')\n"
                    "while True:\n"
                    "    say('WATCHDOG=1')\n"
                    "    print('beat', file=beats, flush=True)\n"
                    "    signal.sigtimedwait([], 0.1)\n"
                ),
                "ready": "notify",
                "watchdog": "300ms",
            }
        )
        self.wait_ready()
        pid = self.process()["pid"]

        def wait_for_beats(count):
            file = self.folder / "beats"
            enough = file.stat().st_size + count * len("beat\n")
            self.wait_until(lambda: file.stat().st_size >= enough)

        robot.send_signal(signal.SIGSTOP)
        # Longer than a child may be silent; ten wait in its socket at most.
        wait_for_beats(6)
        robot.send_signal(signal.SIGCONT)
        wait_for_beats(10)
        self.assertEqual(self.process()["pid"], pid)
        self.assertEqual(
            self.named(self.events(robot), "Watchdog missed"), []
        )

    # -- probes -------------------------------------------------------------

    def test_one_is_ready_once_its_probe_succeeds(self):
        mark = self.folder / "mark"
        runs = self.folder / "runs"
        self.robot(
            child={
                "command": ["/bin/sleep", "1000"],
                "ready": "probe",
                "probe": ["/bin/sh", "-c", f"echo >> {runs}; test -e {mark}"],
                "probe_interval": "20ms",
            }
        )
        self.wait_until(lambda: runs.exists() and runs.stat().st_size >= 5)
        self.assertEqual(self.process()["state"], "starting")
        mark.touch()
        self.wait_ready()

    def test_a_probe_that_fails_in_any_way_ends_the_child_in_the_end(self):
        mark = f"10{os.getpid()}"
        leaves_daemon = f"setsid sleep {mark} & exit 1"
        hangs_with_daemon = f"setsid setsid sleep {mark} & sleep {mark}"
        for probe, cause in (
            (["/bin/false"], "exited with code 1"),
            (["/bin/sh", "-c", "exit 255"], "exited with code 255"),
            (["/bin/sh", "-c", "kill -9 $$"], "died by SIGKILL"),
            (["/usr/bin/yes"], "has not ended in time"),
            (["/bin/sleep", mark], "has not ended in time"),
            (["/bin/sh", "-c", hangs_with_daemon], "has not ended in time"),
            (["/bin/sh", "-c", leaves_daemon], "exited with code 1"),
        ):
            with self.subTest(probe=probe):
                self.setUp()
                robot = self.start_run(
                    child={
                        "command": ["/bin/sleep", "1000"],
                        "probe": probe,
                        "probe_interval": "20ms",
                        "probe_timeout": "200ms",
                        "on_failure": "stop",
                    }
                )
                output, errors = robot.communicate(timeout=LIMIT)
                self.assertEqual(robot.returncode, 1, errors)
                events = [json.loads(x) for x in output.splitlines()]
                failures = self.named(events, "Probe failed")
                self.assertEqual([x["failures"] for x in failures], [1, 3])
                self.assertIn(cause, failures[0]["cause"])
                self.assertEqual(
                    self.named(events, "Process failed")[0]["reason"],
                    "probe failed 3 times",
                )
                self.assertEqual(marked(mark), [])

    def test_a_stop_ends_probes_with_all_else(self):
        mark = f"20{os.getpid()}"
        robot = self.robot(
            child={
                "command": ["/bin/sleep", "1000"],
                "probe": ["/bin/sh", "-c", f"setsid sleep {mark}; true"],
                "probe_interval": "10ms",
                "probe_timeout": "1000s",
            }
        )
        self.wait_until(lambda: marked(mark))
        self.run_command("estop", "--reason=test")
        output, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        self.assertEqual(marked(mark), [])


if __name__ == "__main__":
    run_tests()
