#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command line as a person uses it: programs by hand, methods of services,
values of devices, help and errors.
usage: command_line.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import json
import os
import subprocess
import unittest

from robot_case import LIMIT, RobotCase, run_tests

# What a program finds around itself.
LOOK = """
import json, os, resource, signal, sys
print(json.dumps({
    "pid": os.getpid(),
    "arguments": sys.argv[1:],
    "directory": os.getcwd(),
    "environment": dict(os.environ),
    "files": resource.getrlimit(resource.RLIMIT_NOFILE),
    "memory": resource.getrlimit(resource.RLIMIT_AS),
    "nice": os.nice(0),
    "cpus": sorted(os.sched_getaffinity(0)),
    "umask": os.umask(0),
    "user": [os.getuid(), os.geteuid(), os.getgid()],
    "groups": os.getgroups(),
    "no_new_privileges": "NoNewPrivs:\\t1" in open("/proc/self/status").read(),
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
}))
"""


class Exec(RobotCase):
    def setUp(self):
        super().setUp()
        self.look = self.folder / "look.py"
        self.look.write_text(LOOK)

    def configure(self, **keys):
        keys = {"command": ["/usr/bin/python3", str(self.look), "own"]} | keys
        lines = ["[process.student]"]
        for key, value in keys.items():
            if isinstance(value, dict):
                value = "{ %s }" % ", ".join(
                    f"{k} = {json.dumps(v)}" for k, v in value.items()
                )
            else:
                value = json.dumps(value)
            lines.append(f"{key.replace('_', '-')} = {value}")
        file = self.folder / "robot.ini"
        file.write_text("\n".join(lines) + "\n")
        self.options.append(f"--config-file={file}")

    def execute(self, *words, code=0, **how):
        command = self.command("exec") + list(words)
        how = {"env": self.environment, "timeout": LIMIT} | how
        done = subprocess.run(
            command, capture_output=True, text=True, **how
        )
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def seen(self, *words, **how):
        done = self.execute(*words, **how)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def test_a_program_finds_what_its_configuration_says(self):
        room, nice = self.folder / "room", min(max(os.nice(0), 0) + 1, 19)
        room.mkdir()
        self.configure(
            directory=str(room),
            environment={"COLOUR": "red"},
            open_files=77,
            nice=nice,
            cpu_affinity=[min(os.sched_getaffinity(0))],
            memory_max=4 << 30,
        )
        seen = self.seen("student", preexec_fn=lambda: os.umask(0o037))
        self.assertEqual(seen["arguments"], ["own"])
        self.assertEqual(seen["directory"], str(room))
        self.assertEqual(seen["files"], [77, 77])
        self.assertEqual(seen["nice"], nice)
        self.assertEqual(seen["cpus"], [min(os.sched_getaffinity(0))])
        self.assertEqual(seen["memory"], [4 << 30, 4 << 30])
        self.assertEqual(seen["umask"], 0o037)
        self.assertEqual(seen["blocked"], [])
        self.assertTrue(seen["no_new_privileges"])
        variables = seen["environment"]
        self.assertEqual(variables["COLOUR"], "red")
        self.assertEqual(variables["RR_APPLICATION_NAME"], "student")
        self.assertEqual(
            variables["RR_CONFIG_FILE"], str(self.folder / "robot.ini")
        )
        self.assertEqual(
            variables["RR_ROUTER_FRONTEND"],
            f"ipc://{self.folder}/run/rpc.sock",
        )
        # It is what a child of the runtime gets.
        script = json.dumps(
            ["/usr/bin/python3", str(self.look), "own"]
        )
        robot = self.start("run", f"--process.student.command={script}",
                           "--process.student.on-success=\"stop\"",
                           "--log.format=json")
        out, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 0)
        (line,) = [
            e["event"]
            for e in map(json.loads, out.splitlines())
            if e.get("stream") == "stdout"
        ]
        child = json.loads(line)
        left_out = {"RR_LOG_FORMAT", "RT_LOG_FORMAT", "RR_PROCESS_COOKIE"}
        own = lambda x: {
            k: v
            for k, v in x.items()
            if k[:3] in ("RR_", "RT_") and k not in left_out
        }
        self.assertEqual(own(child["environment"]), own(variables))

    def test_it_is_the_program_itself_in_the_foreground(self):
        self.configure()
        command = self.command("exec") + ["student"]
        with subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, text=True
        ) as tool:
            seen = json.loads(tool.stdout.readline())
            self.assertEqual(seen["pid"], tool.pid)

    def test_another_command_and_its_words_are_taken_as_they_are(self):
        self.configure()
        words = ["python3", str(self.look), "--format=json", "--", "--help"]
        seen = self.seen("student", "--", *words)
        self.assertEqual(seen["arguments"], words[2:])
        self.assertEqual(
            seen["environment"]["RR_APPLICATION_NAME"], "student"
        )

    def test_the_exit_code_and_standard_input_are_the_programs(self):
        self.configure()
        done = self.execute(
            "student", "--", "/bin/sh", "-c", "read x; echo $x; exit 7",
            input="word\n", code=7,
        )
        self.assertEqual(done.stdout, "word\n")

    @unittest.skipIf(os.geteuid() != 0, "only root may become another user")
    def test_it_runs_as_its_user(self):
        os.chmod(self.folder, 0o755)
        self.configure(user="nobody")
        seen = self.seen("student")
        self.assertEqual(seen["user"][0], seen["user"][1])
        self.assertNotEqual(seen["user"][0], 0)
        self.assertNotIn(0, seen["groups"])
        self.assertEqual(seen["environment"]["USER"], "nobody")

    def test_an_unknown_process_is_told_with_a_suggestion(self):
        self.configure()
        done = self.execute("studnet", code=2)
        self.assertIn(
            'unknown process "studnet", did you mean "student"?', done.stderr
        )
        done = self.execute("camera", code=2)
        self.assertIn("expected one of student", done.stderr)
        self.options.pop()
        done = self.execute("student", code=2)
        self.assertIn("--config-file=FILE", done.stderr)

    def test_what_cannot_be_executed_is_told(self):
        self.configure()
        for words in (["no-such-program"], ["/no/such/file"], ["/etc/passwd"]):
            done = self.execute("student", "--", *words, code=1)
            self.assertIn(f"cannot execute {words[0]}: ", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_what_is_wrong_with_it_is_told_and_with_others_a_warning(self):
        self.configure(nice="high")
        done = self.execute("student", code=2)
        self.assertIn("[process.student] nice: ", done.stderr)
        self.options.pop()
        self.configure()
        with open(self.folder / "robot.ini", "a") as file:
            file.write('[process.other]\ncommand = ["/no/such/program"]\n')
        done = self.execute("student")
        self.assertTrue(done.stderr.startswith("warning: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(json.loads(done.stdout)["arguments"], ["own"])


class Services(RobotCase):
    def test_the_methods_of_the_runtime_are_listed(self):
        self.start_robot()
        done = self.run_command("call", "--list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(lines, sorted(lines))
        for line in ("get_option  [name]", "ping", "status",
                     "restart_process  name", "emergency_stop  [reason]"):
            self.assertIn(line, lines)
        # Of each that is listed the program knows.
        for line in lines:
            name = line.split()[0]
            known = self.run_command("call", name, "1", "2", "3", "4")
            self.assertNotIn("no such method", known.stderr)
            self.assertIn("takes ", known.stderr)

    def test_a_service_that_does_not_know_the_question_is_told(self):
        import cbor2
        import zmq

        self.start_robot()
        context = zmq.Context()
        self.addCleanup(context.term)
        service = context.socket(zmq.DEALER)
        self.addCleanup(service.close, 0)
        service.identity = b"arm-service"
        service.setsockopt(zmq.PROBE_ROUTER, 1)
        service.connect(f"ipc://{self.folder}/run/service.sock")
        self.wait_until(
            lambda: "arm-service"
            in self.run_command("call", "list_services").stdout
        )
        tool = self.start("call", "--list", "--address=arm-service")
        while True:
            caller, payload = service.recv_multipart()
            if payload:
                break
        kind, number, method, arguments = cbor2.loads(payload)
        self.assertEqual((kind, method, arguments), (0, "list_methods", []))
        error = ["no such method exists", {"method": method}]
        service.send_multipart([caller, cbor2.dumps([1, number, error, None])])
        out, errors = tool.communicate(timeout=LIMIT)
        self.assertEqual((tool.returncode, out), (1, ""))
        self.assertIn("arm-service does not tell its methods", errors)
        self.assertEqual(errors.count("\n"), 1)

    def test_what_is_no_json_is_shown_as_a_text_that_is(self):
        done = self.run_command("call", "echo", 'a "b" \\')
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        written = done.stderr.split("a text is written '")[1].split("'")[0]
        self.assertEqual(json.loads(written), 'a "b" \\')

    def test_a_list_takes_no_method(self):
        done = self.run_command("call", "--list", "ping")
        self.assertEqual((done.returncode, done.stdout), (2, ""))


class Mistakes(RobotCase):
    def error_of(self, *words):
        done = self.run_command(*words)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.count("\n"), 1)
        return done.stderr

    def test_the_runtime_is_asked_for_what_was_meant(self):
        self.start_robot('--process.camera.command=["/bin/sleep", "1000"]')
        for word in ("start", "stop", "restart"):
            self.assertEqual(
                self.error_of(word, "camra"),
                "robot-runtime: no process is named camra, "
                'did you mean "camera"?\n',
            )
        self.assertIn("expected one of camera", self.error_of("start", "x"))
        self.assertIn("call --list names", self.error_of("call", "nothing"))
        self.assertIn("stop ends it", self.error_of("run"))
        self.assertIn("buffers list tells",
                      self.error_of("buffers", "show", "motor:3"))

    def test_durations_are_as_people_write_them(self):
        for good in ("10ms", "2s", "3m", "1h", "2d"):
            done = self.run_command("status", f"--timeout={good}")
            self.assertEqual(done.returncode, 1)
        for bad in ("0m", "-1h", "m", "1.5h", "99999999d", "9223372036s", "1w",
                    ""):
            done = self.run_command("status", f"--timeout={bad}")
            self.assertEqual(done.returncode, 2, bad)
            self.assertIn("expected a duration above zero", done.stderr)


class Patience(RobotCase):
    def test_a_command_waits_for_months_and_years(self):
        self.start_robot()
        for long in ("600h", "40d", "36500d"):
            for words in (["status"], ["call", "ping"],
                          ["call", "ping", "--notification"],
                          ["estop", "--reason=test"]):
                if words[0] == "estop" and long != "36500d":
                    continue
                done = self.run_command(*words, f"--timeout={long}")
                self.assertEqual((done.returncode, done.stderr), (0, ""),
                                 f"{words} {long}")


class Devices(RobotCase):
    def test_people_see_values_and_nothing_else(self):
        self.start_robot("--update.full-interval=1s")
        self.make_motor()
        watch = self.start("watch", "--count=3")
        out, errors = watch.communicate(timeout=LIMIT)
        self.assertEqual(watch.returncode, 0, errors)
        # Before the motor there may have been none.
        lines = [x for x in out.splitlines() if "no devices" not in x]
        for line in lines:
            self.assertIn("=", line)
        watch = self.start("watch", "--count=1")
        out, errors = watch.communicate(timeout=LIMIT)
        self.assertIn("duty_cycle=0.25", out)

    def test_a_motor_that_works_is_not_told_to_be_unconnected(self):
        self.start_robot()
        self.make_motor()
        done = self.run_command("buffers", "show", str((13 << 72) + 5))
        self.assertEqual(done.returncode, 0, done.stderr)
        first = done.stdout.splitlines()[0]
        self.assertRegex(
            first, r"^motor \d+, valid, changed \d+\.\d s ago$"
        )

    def test_a_gamepad_is_connected_or_not(self):
        self.start_robot()
        self.start("gamepad")
        self.wait_until(lambda: self.gamepad() is not None)
        done = self.run_command("buffers", "show", "gamepad:0")
        self.assertRegex(done.stdout, r"(?m)^gamepad \d+, valid, (not )?conn")


class Help(RobotCase):
    def text_of(self, *words):
        done = subprocess.run(
            [self.program, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_help_is_short_and_the_other_has_all(self):
        for words in ([], ["logs"], ["run"]):
            short = self.text_of(*words, "--help")
            self.assertNotIn("--router.frontend=", short)
            self.assertLess(short.count("\n"), 56)
            everything = self.text_of(*words, "--help-all")
            self.assertIn("--router.frontend=", everything)
            self.assertIn("--help-all", short)

    def test_the_words_of_another_program_ask_for_no_help(self):
        done = self.run_command("exec", "none", "--", "ls", "--help")
        self.assertNotIn("Usage", done.stdout)
        done = self.run_command("exec", "none", "ls", "--all")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--all, expected the words of ls behind --", done.stderr)

    def test_bad_usage_names_the_help_of_its_command(self):
        for words, part in (
            (["logs", "--cuont=1"], "robot-runtime logs --help"),
            (["status", "stray"], "robot-runtime status --help"),
            (["start"], "robot-runtime start --help"),
            (["call", "ping", "--address="], "robot-runtime call --help"),
            (["completion", "fish"], "robot-runtime completion --help"),
            (["rnu"], "robot-runtime --help"),
        ):
            done = self.run_command(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertTrue(done.stderr.endswith(f"; see {part}\n"))

    def test_an_input_that_cannot_be_read_is_told(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        done = subprocess.run(
            self.command("logs", "--source=stdin"),
            env=self.environment,
            stdin=folder,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("cannot read standard input: ", done.stderr)

    def test_without_a_runtime_a_command_says_what_to_do(self):
        for words in (["status"], ["call", "ping"], ["estop"], ["stop"]):
            done = self.run_command(*words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("no runtime at ipc://", done.stderr)
            self.assertIn("robot-runtime run starts one", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        done = self.run_command("logs", "--timeout=200ms")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("robot-runtime run starts one", done.stderr)


if __name__ == "__main__":
    run_tests()
