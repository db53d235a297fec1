#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""docs/python.md: its blocks are files, and these are run, and so is the example of
README.md; and the Python package as a whole: its types, and what installs it.
usage: python_pages.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest
import zipfile
from pathlib import Path

from python_case import LIMIT, PythonCase
from robot_case import run_tests

SOURCE = Path(__file__).resolve().parents[2]
PAGE = (SOURCE / "docs" / "python.md").read_text()
README = (SOURCE / "README.md").read_text()
PACKAGE = SOURCE / "bridges" / "python"
MYPY = shutil.which("mypy")


def blocks():
    """The files that the page tells, by their names."""
    result = {}
    for language, name, text in re.findall(
        r"^```(\w+)\n[#;] (\S+)\n(.*?)^```$", PAGE, re.M | re.S
    ):
        assert name.endswith({"python": ".py", "ini": ".ini"}[language]), name
        result[name] = text
    return result


class PythonPages(PythonCase):
    def setUp(self):
        super().setUp()
        # Of a build with sanitizers it is another one.
        python = f'"{sys.executable}"'
        for name, text in blocks().items():
            text = text.replace('"/usr/bin/python3"', python)
            (self.folder / name).write_text(text)
        shutil.copy(SOURCE / "config" / "catalog.yaml", self.folder)
        # All but where it lies is the page's own.
        self.options = [x for x in self.options if ".catalog=" not in x]

    def add_programs(self, *names):
        with (self.folder / "rover.ini").open("a") as out:
            for name in names:
                command = f'["{sys.executable}", "-u", "{name}.py"]'
                out.write(
                    f"\n[process.{name.replace('_', '-')}]\n"
                    f"command = {command}\nafter = ['student']\n".replace(
                        "'", '"'
                    )
                )

    def run_page(self, command):
        """A command of the page, which finds the test's runtime."""
        name, *words = shlex.split(command)
        self.assertEqual(name, "robot-runtime")
        return self.spawn(
            [self.program, *words, *self.options], cwd=self.folder
        )

    def test_every_block_of_it_is_run_here(self):
        told = re.findall(r"^```(\w+)", PAGE, re.M)
        self.assertEqual(len(told), len(blocks()))
        self.assertEqual(
            set(blocks()),
            {"rover.ini", "arm.py", "student.py", "teller.py", "by_hand.py",
             "motor.py"},
        )

    def test_its_robot_does_what_the_page_shows(self):
        shown = re.search(r"\n    \$ (.*?)\n\n(?!    )", PAGE, re.S)[1]
        first, second = shown.replace("\n    ", "\n").split("\n\n$ ")
        command, *lines = first.splitlines()
        # For people there is more in a line, in whatever form.
        robot = self.run_page(f"{command} --log.format=json")
        missing = {line.strip(". ") for line in lines}
        self.assertEqual(len(missing), 3)
        for event in self.lines(robot):
            missing.discard(event["event"])
            if not missing:
                break
        self.assertEqual(missing, set())
        command, *lines = second.splitlines()
        called = self.run_page(command)
        output, errors = called.communicate(timeout=LIMIT)
        self.assertEqual((output.splitlines(), errors), (lines, ""))
        self.end(robot)
        self.assertEqual(robot.returncode, 0)

    def test_its_other_programs_run_beside(self):
        self.add_programs("teller", "by_hand", "motor")
        robot = self.run_page(
            "robot-runtime run --config-file=rover.ini --log.format=json"
        )
        missing = {
            "[{'name': 'move_to', 'parameters': ['degrees']}]": "teller",
            "arm is warm": "by-hand",
            "0.0": "motor",
        }
        ended = {"teller": None, "by-hand": None, "motor": None}
        for event in self.lines(robot):
            process = event.get("process")
            if process and missing.get(event["event"]) == process:
                del missing[event["event"]]
            if event["event"] in ("Process exited normally", "Process failed"):
                if process in ended:
                    ended[process] = event["exit_code"]
            if not missing and None not in ended.values():
                break
        self.assertEqual(missing, {})
        self.assertEqual(set(ended.values()), {0}, ended)


    def test_the_example_of_the_readme_answers(self):
        section = README.split("### In Python\n")[1].split("\n### ")[0]
        (text,) = re.findall(r"^```python\n(.*?)^```$", section, re.M | re.S)
        (self.folder / "eye.py").write_text(text)
        (self.folder / "arm.py").write_text(
            "from robot_runtime import Service, notify\n"
            "service = Service()\n"
            "service.method_as(lambda: 30.0, 'position')\n"
            "service.run(ready=notify.ready)\n"
        )
        self.robot(
            **{
                name: {
                    "command": [sys.executable, f"{self.folder}/{name}.py"],
                    "ready": "notify",
                }
                for name in ("arm", "eye")
            }
        )
        self.wait_ready("arm")
        self.wait_ready("eye")
        answer = self.client().call(
            "look", 12.5, address="eye-service", timeout=LIMIT
        )
        self.assertEqual(answer, 17.5)


class Package(unittest.TestCase):
    def test_nothing_is_loaded_before_it_is_used(self):
        script = (
            "import sys, robot_runtime\n"
            "from robot_runtime import notify\n"
            "notify.ready()\n"
            "print([x for x in sys.modules if x in ('zmq', 'cbor2', 'ctypes',"
            " 'logging')])\n"
            "for name in robot_runtime.__all__:\n"
            "    getattr(robot_runtime, name)\n"
            "assert set(robot_runtime.__all__) <= set(dir(robot_runtime))\n"
            "try: robot_runtime.submarine\n"
            "except AttributeError as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONPATH": sys.path[0]},
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual(
            (done.stdout, done.stderr),
            ("[]\nmodule 'robot_runtime' has no attribute 'submarine'\n", ""),
        )

    def test_its_types_are_right(self):
        if not MYPY:
            self.skipTest("no mypy")
        done = subprocess.run(
            [MYPY, "--python-executable=/usr/bin/python3",
             "--cache-dir=/dev/null", "robot_runtime"],
            cwd=PACKAGE,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_whoever_uses_it_is_told_of_wrong_types(self):
        if not MYPY:
            self.skipTest("no mypy")
        script = (
            "from robot_runtime import Service, call, log, notify\n"
            "service = Service('arm', workers=2)\n"
            "@service.method\n"
            "def reach(x: float) -> float: return x\n"
            "good: float = reach(1.0)\n"
            "bad: str = reach('x')\n"
            "call('ping', timeout='1s')\n"
            "notify.status(5)\n"
        )
        done = subprocess.run(
            [MYPY, "--python-executable=/usr/bin/python3", "--strict",
             "--cache-dir=/dev/null", "-c", script],
            cwd="/",
            env={"MYPYPATH": str(PACKAGE)},
            capture_output=True,
            text=True,
        )
        wrong = re.findall(r"<string>:(\d+): error", done.stdout)
        self.assertEqual(wrong, ["6", "6", "7", "8"], done.stdout)

    def test_it_is_one_version_with_one_list_of_files(self):
        project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
        version = re.search(
            r"project\(\s*robot-runtime\s+VERSION (\S+)",
            (SOURCE / "CMakeLists.txt").read_text(),
        )
        self.assertEqual(project["project"]["version"], version[1])
        listed = re.search(
            r"set\(rr_python_files(.*?)\)",
            (PACKAGE / "CMakeLists.txt").read_text(),
            re.S,
        )[1].split()
        there = [
            x.name for x in (PACKAGE / "robot_runtime").iterdir() if x.is_file()
        ]
        self.assertEqual(sorted(listed), sorted(there))

    def test_it_can_be_built_by_itself(self):
        for needed in ("setuptools", "wheel"):
            if importlib.util.find_spec(needed) is None:
                self.skipTest(f"no {needed}")
        folder = tempfile.TemporaryDirectory(prefix="rr-test-")
        self.addCleanup(folder.cleanup)
        shutil.copytree(PACKAGE, f"{folder.name}/python")
        build = "from setuptools import build_meta; build_meta.build_wheel('.')"
        done = subprocess.run(
            ["/usr/bin/python3", "-c", build],
            cwd=f"{folder.name}/python",
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        (built,) = Path(folder.name).glob("python/*.whl")
        names = zipfile.ZipFile(built).namelist()
        for file in (PACKAGE / "robot_runtime").iterdir():
            if file.is_file():
                self.assertIn(f"robot_runtime/{file.name}", names)

    def test_what_is_public_says_what_it_is_for(self):
        for file in (PACKAGE / "robot_runtime").glob("*.py"):
            tree = ast.parse(file.read_text())
            self.assertTrue(ast.get_docstring(tree), file)
            for each in tree.body:
                name = getattr(each, "name", "_")
                if isinstance(each, ast.FunctionDef) and name[0] != "_":
                    if file.stem in ("calls", "log", "notify", "serve"):
                        self.assertTrue(ast.get_docstring(each), name)


if __name__ == "__main__":
    run_tests()
