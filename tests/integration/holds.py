# SPDX-License-Identifier: BSD-3-Clause
"""Why a robot may not run: each cause that can be provoked is named within a
second, in the status and by an event, and gone within a second after it is
mended."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import time

from robot_case import LIMIT, MOTOR, RobotCase, run_tests

SLEEPER = '["sleep","1000"]'
NOTICED = 1.0  # seconds, the promise
# What a busy machine adds to a command's own start, and is no part of it.
SLACK = float(os.environ.get("RR_HOLD_SLACK", "1.0"))


def shell(line):
    return json.dumps(["sh", "-c", line])


class HoldsCase(RobotCase):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"

    def held_by(self):
        shown = self.run_command("status", "--format=json")
        if shown.returncode != 0:
            return None
        return [x["what"] for x in json.loads(shown.stdout)["held_by"]]

    def is_held(self, what):
        return any(what in x for x in self.held_by() or [])

    def check(self, what, held=True):
        """That it is, or is no more, within a second of this call."""
        begin = time.monotonic()
        while self.is_held(what) != held:
            if time.monotonic() - begin > NOTICED + SLACK:
                self.fail(f"{what}: {held}: {self.held_by()}")

    def names_and_forgets(self, what, provoke, mend):
        with self.subTest(what):
            self.check(what, False)
            provoke()
            self.check(what)
            mend()
            self.check(what, False)

    def start_robot(self, *arguments, **how):
        robot = self.start("run", *arguments, **how)
        self.wait_until(lambda: self.held_by() is not None)
        return robot

    def deaf(self):
        """A program that hears SIGTERM, and goes on."""
        return shell(f"trap : TERM; : > {self.folder}/deaf; "
                     "while :; do sleep 0.02; done")

    def wait_until_deaf(self):
        self.wait_until((self.folder / "deaf").exists)

    # -- each ------------------------------------------------------------------

    def test_processes(self):
        flag = self.folder / "flag"
        section = "process.camera."
        robot = self.start_robot(
            f"--{section}command={SLEEPER}", f"--{section}on-failure=ignore",
            "--process.drive.command=" + shell(
                f"while [ ! -e {flag} ]; do sleep 0.02; done; rm {flag}; exit 3"),
            "--process.drive.restart=on-failure",
            "--process.drive.restart-delay=3s",
            "--process.drive.on-failure=ignore",
            f"--process.deaf.command={self.deaf()}",
            "--process.deaf.terminate-timeout=3s",
            "--process.once.command=" + shell(f"[ -e {self.folder}/well ]"),
            "--process.once.on-failure=ignore",
        )
        self.wait_until_deaf()
        order = self.run_command
        # It has failed from the start, and has done its work once it can.
        self.check("process once has ended with exit code 1")
        (self.folder / "well").touch()
        order("start", "once")
        self.check("process once", False)
        self.names_and_forgets(
            "process camera has ended with exit code -15",
            lambda: order("stop", "camera"), lambda: order("start", "camera"))
        self.names_and_forgets(
            "process camera has ended with exit code -9",
            lambda: os.kill(self.pid_of("camera"), signal.SIGKILL),
            lambda: order("start", "camera"))
        self.names_and_forgets(
            "process drive is restarting", flag.touch,
            lambda: order("restart", "drive"))
        stop = []
        self.names_and_forgets(
            "process deaf is terminating",
            lambda: stop.append(self.start("stop", "deaf")),
            lambda: os.kill(self.pid_of("deaf"), signal.SIGKILL))
        self.assertEqual(self.held_by(), [
            "no driver", "process deaf has ended with exit code -9"])
        self.check_events(robot)

    def pid_of(self, name):
        shown = self.run_command("status", "--format=json")
        return next(x["pid"] for x in json.loads(shown.stdout)["processes"]
                    if x["name"] == name)

    def check_events(self, robot):
        """That each hold is told when it begins, and each release after it."""
        held = []
        for event in self.events(robot):
            if event["event"] == "Robot held":
                self.assertEqual(event["level"], "warning")
                self.assertNotIn(event["what"], held)
                held.append(event["what"])
            elif event["event"] == "Robot released":
                self.assertEqual(event["level"], "info")
                held.remove(event["what"])

    def test_a_process_that_is_given_up(self):
        flag = self.folder / "flag"
        self.start_robot(
            "--process.weak.command=" + shell(f"[ -e {flag} ] && sleep 1000"),
            "--process.weak.restart=on-failure",
            "--process.weak.restart-limit=1",
            "--process.weak.restart-delay=1ms",
            "--process.weak.on-failure=ignore")
        self.check("process weak has failed")
        flag.touch()
        self.run_command("start", "weak")
        self.check("process weak", False)

    def test_a_process_where_nobody_else_listens(self):
        self.start_robot("--record.keep=0s", f"--process.camera.command={SLEEPER}")
        # The second time nothing has held the robot, and nobody asks.
        for _ in range(2):
            self.names_and_forgets(
                "process camera", lambda: self.run_command("stop", "camera"),
                lambda: self.run_command("start", "camera"))

    def test_the_driver(self):
        robot = self.start_robot("--control.timeout=200ms")
        drivers = []
        self.check("no driver")
        drivers.append(self.start("gamepad", "--rate=50"))
        self.check("no driver", False)
        drivers[0].kill()
        self.check("no driver")
        self.check_events(robot)

    def test_a_device_that_is_gone(self):
        self.start_robot('--device.names={ wheel = "%d" }' % MOTOR)
        what = "device wheel is not there"
        self.check(what)
        self.make_motor()
        self.check(what, False)
        from robot_runtime import buffers

        buffers.open("motor", MOTOR).remove()
        self.check(what)

    def test_parameters_without_a_safe_value(self):
        self.start_robot()
        self.assertFalse(self.is_held("no safe value"))
        catalog = self.folder / "unsafe.yaml"
        catalog.write_text("motor:\n  params:\n    - {name: power, type: float,"
                           " writeable: true}\n")
        self.options = [
            x for x in self.options if "runtime-directory" not in x
            and "device." not in x and "control.address" not in x
            and "state-directory" not in x
        ] + [f"--application.runtime-directory={self.folder}/run2",
             f"--application.state-directory={self.folder}/state2",
             f"--device.prefix={self.prefix}-2",
             "--control.address=udp://127.0.0.1:%d" % self.other_port(),
             f"--device.catalog={catalog}"]
        self.start_robot()
        self.check("parameters have no safe value: motor.power")

    @staticmethod
    def other_port():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def test_the_state_directory(self):
        robot = self.start_robot()
        away = self.folder / "away"
        self.names_and_forgets(
            "the state directory cannot be written",
            lambda: self.state.rename(away), lambda: away.rename(self.state))
        self.check_events(robot)

    def test_standard_output_that_nobody_reads(self):
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        child = subprocess.Popen(
            self.command("run", "--process.noise.command=[\"yes\"]",
                         "--log.queue=64", "--log.level=info"),
            env=self.environment, stdin=subprocess.DEVNULL, stdout=writer,
            stderr=subprocess.DEVNULL)
        os.close(writer)
        self.addCleanup(os.close, reader)
        self.addCleanup(self.end, child)
        self.check_later("standard output loses events")

    def check_later(self, what):
        self.wait_until(lambda: self.held_by() is not None)
        self.check(what)

    def test_the_end_of_a_reader_of_standard_output(self):
        reader, writer = os.pipe()
        child = subprocess.Popen(
            self.command("run", "--health.interval=50ms"),
            env=self.environment, stdin=subprocess.DEVNULL, stdout=writer,
            stderr=subprocess.DEVNULL)
        os.close(writer)
        self.addCleanup(self.end, child)
        self.wait_until(lambda: self.held_by() is not None)
        self.assertFalse(self.is_held("standard output"))
        os.close(reader)
        self.check("standard output loses events")

    def test_a_log_file_on_a_disk_that_is_full(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none",
                           disk], capture_output=True).returncode != 0:
            self.skipTest("nothing can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        robot = self.start_robot(f"--log.file={disk}/robot.log",
                                 "--health.interval=50ms")
        fill = disk / "fill"

        def fill_it():
            with fill.open("wb", 0) as file:
                try:
                    while file.write(b"x" * 1024):
                        pass
                except OSError:
                    pass

        self.names_and_forgets("the log file loses events", fill_it, fill.unlink)
        self.end(robot)

    def test_a_robot_that_stops_and_is_latched(self):
        self.start_robot(
            f"--process.deaf.command={self.deaf()}",
            "--emergency-stop.terminate-timeout=4s")
        self.wait_until_deaf()
        self.run_command("estop")
        for what in ("the robot is stopping", "an emergency stop is latched",
                     "process deaf is terminating"):
            self.check(what)

    def test_a_robot_that_starts(self):
        # The command's socket is there before its children are.
        self.start("run", "--process.slow.command=" + SLEEPER)
        self.wait_until(lambda: self.held_by() is not None)
        self.check("the robot is starting", False)

    def test_updates_that_cannot_be_sent(self):
        if shutil.which("unshare") is None:
            self.skipTest("no networks of its own here")
        # A network of its own, whose only interface goes and comes.
        robot = self.spawn(
            ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"',
             "sh", *self.command("run")])
        self.wait_until(lambda: self.held_by() is not None
                        or robot.poll() is not None)
        if robot.poll() is not None:
            self.skipTest(robot.stderr.read())

        def link(state):
            return lambda: subprocess.run(
                ["nsenter", "-t", str(robot.pid), "-n", "ip", "link", "set",
                 "lo", state], check=True)

        self.names_and_forgets("updates cannot be sent", link("down"),
                               link("up"))

    def test_descriptors_that_run_out(self):
        robot = self.start_robot(preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (256, 256)))
        taken = []

        def take():
            for _ in range(400):
                caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                caller.settimeout(1)
                try:
                    caller.connect(f"{self.folder}/run/log-front.sock")
                except OSError:
                    caller.close()
                    return
                taken.append(caller)

        take()
        for each in taken[:50]:
            each.close()
        # Refused, and told once there is room for a question.
        end = time.monotonic() + LIMIT
        while not self.is_held("connections are refused"):
            take()
            for each in taken:
                each.close()
            taken.clear()
            self.assertLess(time.monotonic(), end, self.held_by())
        for each in taken:
            each.close()
        self.check("connections are refused", False)
        self.end(robot)


if __name__ == "__main__":
    run_tests()
