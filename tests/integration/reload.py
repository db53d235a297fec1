#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A real runtime that reads its configuration again, by the command, by a
remote call and by SIGHUP.
usage: reload.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import signal
import socket
import time

from robot_case import LIMIT, RobotCase, run_tests

# Ends when it is told so by a file.
STUBBORN = ("trap : TERM; : > deaf-is-there; "
            "while [ ! -e end ]; do sleep 0.02; done")


def section(name, *lines, command=("sleep", "1000")):
    said = [f"command = {json.dumps(command)}", *lines]
    return f"[process.{name}]\n" + "".join(x + "\n" for x in said)


class Reload(RobotCase):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "robot.ini"
        self.options.append(f"--config-file={self.file}")
        self.log = self.folder / "robot.log"

    def write(self, *sections):
        # As editors do: whoever reads has the old one or the new one.
        new = self.folder / "robot.ini.new"
        new.write_text("".join(sections))
        new.rename(self.file)

    def run_robot(self, *sections, **how):
        self.write(*sections)
        robot = self.start("run", f"--log.file={self.log}",
                           start_new_session=True, **how)
        self.wait_until(lambda: self.status() is not None)
        self.wait_until(lambda: self.status()["state"] == "running")
        return robot

    def run_deaf_robot(self):
        robot = self.run_robot(
            section("deaf", "terminate-timeout = 60s",
                    f'directory = "{self.folder}"',
                    command=("sh", "-c", STUBBORN)))
        self.wait_until((self.folder / "deaf-is-there").exists)
        return robot

    def status(self):
        shown = self.run_command("status", "--format=json")
        return json.loads(shown.stdout) if shown.returncode == 0 else None

    def pids(self):
        return {x["name"]: x["pid"] for x in self.status()["processes"]}

    def reload(self):
        done = self.run_command("reload", "--timeout=15s")
        return done.returncode, done.stdout, done.stderr

    def logged(self, *names):
        """The events of these names so far."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        # The last one may not be whole yet.
        events = [json.loads(x) for x in lines if x.endswith("}")]
        return [x for x in events if x["event"] in names]

    def outcome(self, number):
        """The end of the reload of that number, from 1."""
        def all_of_them():
            return self.logged("Processes reloaded", "Reload refused")

        self.wait_until(lambda: len(all_of_them()) >= number)
        return all_of_them()[number - 1]

    # -- what is done ----------------------------------------------------------

    def test_only_what_has_changed_is_touched(self):
        robot = self.run_robot(section("kept"), section("changed"),
                               section("gone"))
        before = self.pids()
        self.write(section("new", 'after = ["changed"]'), section("kept"),
                   section("changed", "nice = 1"))
        self.assertEqual(
            self.reload(), (0, "started new; stopped gone; restarted changed\n",
                            ""))
        after = self.pids()
        self.assertEqual(list(after), ["new", "kept", "changed"])
        self.assertEqual(after["kept"], before["kept"])
        self.assertNotEqual(after["changed"], before["changed"])
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, after["changed"]), 1)
        self.assertIsNotNone(after["new"])
        self.assertFalse(os.path.exists(f"/proc/{before['gone']}"))
        self.wait_until(lambda: len(self.logged("Process started")) == 5)
        started = [x["process"] for x in self.logged("Process started")]
        self.assertEqual(started[3:], ["changed", "new"])
        self.assertEqual(self.reload(), (0, "no process has changed\n", ""))
        self.assertEqual(self.pids(), after)
        robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_by_a_call(self):
        self.run_robot(section("a"))
        self.write(section("b"))
        done = self.run_command("call", "reload")
        self.assertEqual(
            json.loads(done.stdout),
            {"started": ["b"], "stopped": ["a"], "restarted": []})

    def test_what_an_operator_has_stopped_stays_so(self):
        self.run_robot(section("kept"), section("other"))
        self.run_command("stop", "kept")
        self.write(section("kept"))
        self.assertEqual(self.reload()[0], 0)
        self.assertEqual(self.pids(), {"kept": None})
        self.assertEqual(self.run_command("start", "kept").returncode, 0)

    def test_a_robot_that_had_no_process_and_has_none_again(self):
        self.run_robot("")
        self.write(section("a"))
        self.assertEqual(self.reload()[1], "started a\n")
        self.assertIsNotNone(self.pids()["a"])
        self.write("")
        self.assertEqual(self.reload()[1], "stopped a\n")
        self.assertEqual(self.pids(), {})

    def test_ends_of_a_new_process_are_kept(self):
        robot = self.run_robot(section("a"))
        self.write(section("a"), section("brief", command=("sh", "-c",
                                                           "exit 7")))
        self.reload()
        self.assertEqual(robot.wait(LIMIT), 1)
        told = self.run_command("explain", "--format=json")
        causes = json.loads(told.stdout)["causes"]
        self.assertIn(("brief", 7),
                      [(x.get("process"), x.get("exit_code")) for x in causes])

    # -- what is refused -------------------------------------------------------

    def test_what_is_wrong_is_told_as_check_tells_it(self):
        self.run_robot(section("a"))
        before = self.pids()
        self.write(section("a", "colour = 1"),
                   section("b", command=("/nonexistent",)))
        code, out, err = self.reload()
        checked = self.run_command("check")
        self.assertEqual((code, out), (2, ""))
        self.assertEqual(err, checked.stderr)
        self.assertEqual(len(err.splitlines()), 2)
        self.assertEqual(self.pids(), before)
        event = self.outcome(1)
        self.assertEqual(event["level"], "error")
        self.assertEqual(event["problems"] + "\n", err)

    def test_what_needs_a_restart_is_refused_and_named(self):
        self.run_robot("[log]\nlevel = \"info\"\n", section("a"))
        before = self.pids()
        self.write("[log]\nlevel = \"error\"\n[service]\nworkers = 9\n",
                   section("b"))
        code, out, err = self.reload()
        self.assertEqual((code, out), (2, ""))
        first, second = err.splitlines()
        self.assertTrue(first.startswith(f"{self.file}:2: [log] level: "), err)
        self.assertTrue(
            second.startswith(f"{self.file}:4: [service] workers: "), err)
        self.assertIn("restart of the runtime", first)
        self.assertEqual(self.pids(), before)

    def test_a_file_that_is_gone(self):
        robot = self.run_robot(section("a"))
        before = self.pids()
        self.file.unlink()
        robot.send_signal(signal.SIGHUP)
        event = self.outcome(1)
        self.assertEqual(event["event"], "Reload refused")
        self.assertIn("no such file", event["problems"])
        self.write(section("a"))
        self.assertEqual(self.pids(), before)

    def test_one_at_a_time(self):
        robot = self.run_deaf_robot()
        self.write(section("a"))
        first = self.start("reload", "--timeout=15s")
        self.wait_until(lambda: self.status()["processes"][0]["state"]
                        == "terminating")
        code, out, err = self.reload()
        self.assertEqual((code, out), (1, ""))
        self.assertIn("a reload is under way", err)
        refused = self.run_command("restart", "deaf")
        self.assertIn("is ended by a reload", refused.stderr)
        (self.folder / "end").touch()
        out, err = first.communicate(timeout=LIMIT)
        self.assertEqual((first.returncode, out, err),
                         (0, "started a; stopped deaf\n", ""))
        robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_without_a_runtime(self):
        self.write(section("a"))
        done = self.run_command("reload", "--timeout=500ms")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    # -- stops -----------------------------------------------------------------

    def stopped_meanwhile(self, stop, code):
        robot = self.run_deaf_robot()
        touch = ("sh", "-c", f": > {self.folder}/started; sleep 1000")
        self.write(section("a", command=touch))
        reload = self.start("reload", "--timeout=15s")
        self.wait_until(lambda: self.status()["processes"][0]["state"]
                        == "terminating")
        stop(robot)
        self.assertEqual(robot.wait(LIMIT), code)
        self.assertFalse((self.folder / "started").exists())
        reload.kill()
        self.assertEqual(self.outcome(1)["reason"], "the robot is stopping")

    def test_a_stop_ends_a_reload(self):
        def stop(robot):
            robot.terminate()
            self.wait_until(lambda: self.status()["state"] == "stopping")
            (self.folder / "end").touch()

        self.stopped_meanwhile(stop, 0)

    def test_an_emergency_stop_ends_a_reload(self):
        self.stopped_meanwhile(lambda _: self.run_command("estop"), 255)

    # -- SIGHUP and the service manager ----------------------------------------

    def test_sighup(self):
        robot = self.run_robot(section("a"), section("b"))
        before = self.pids()
        self.write(section("a"), section("c"))
        robot.send_signal(signal.SIGHUP)
        event = self.outcome(1)
        self.assertEqual(
            [event[x] for x in ("event", "level", "by", "started", "stopped",
                                "restarted")],
            ["Processes reloaded", "info", "SIGHUP", "c", "b", ""])
        self.assertEqual(self.pids()["a"], before["a"])
        self.write("nonsense")
        robot.send_signal(signal.SIGHUP)
        event = self.outcome(2)
        self.assertEqual([event["event"], event["level"]],
                         ["Reload refused", "error"])
        self.assertIn(f"{self.file}:1", event["problems"])
        robot.terminate()
        self.assertEqual(robot.wait(LIMIT), 0)

    def test_the_service_manager_hears_of_it(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        path = str(self.folder / "notify")
        manager.bind(path)
        manager.settimeout(LIMIT)
        self.environment["NOTIFY_SOCKET"] = path

        def hear():
            # On a busy machine it is also told who is late.
            while (said := manager.recv(4096).decode()).startswith("STATUS="):
                pass
            return said.split("\n")

        robot = self.run_robot(section("a"))
        self.assertEqual(hear()[0], "READY=1")
        for sections in ([section("b")], ["nonsense"]):
            begin = time.monotonic_ns() // 1000
            self.write(*sections)
            robot.send_signal(signal.SIGHUP)
            said = hear()
            self.assertEqual(said[0], "RELOADING=1")
            name, usec = said[1].split("=")
            self.assertEqual(name, "MONOTONIC_USEC")
            self.assertLessEqual(begin, int(usec))
            self.assertLessEqual(int(usec), time.monotonic_ns() // 1000)
            self.assertEqual(hear()[0], "READY=1")
        robot.terminate()
        self.assertEqual(hear()[0], "STOPPING=1")


if __name__ == "__main__":
    run_tests()
