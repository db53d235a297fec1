#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Applies mutants to the sources, one at a time, and shows that a test kills
each.

usage: run.py [--build=FOLDER] [--results=FILE] [--match] [--again] [--list]
              [NAME...]

  --build=FOLDER  a folder in which robot-runtime-tests is built, of which the
                  flags and libraries are taken (default: build/mutants);
                  sources may be compiled together there, at a price
  --results=FILE  what earlier runs have shown (default: FOLDER/mutants.jsonl)
  --match         only check that the mutants fit the sources
  --again         forget what earlier runs have shown
  --list          only print the names
  NAME            a part of a name or of a file's path: only these mutants

A mutant is a [[mutant]] in a *.toml beside this file: `name`, what the robot
would do by it; `file`; `from`, which stands there exactly once; `to`, what is
put in its place; `suites`, a regular expression for the names of the tests that
are to kill it, as `ctest -R` takes it. White space at the ends of `from` is
left out.

A mutant costs a compilation and a link. What was shown is kept in
FILE by the sources that it is of, so that a run goes on where an earlier one
ended. The tree is never touched."""

import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FEWEST = 60
FOLDERS = (
    "actors/",
    "messages/",
    "bridges/system/stop_cord",
    "bridges/process/cgroup_containment",
    "bridges/process/child_sentry",
    "bridges/process/child_loop",
    "bridges/control/control_session",
    "bridges/web/",
    "app/runtime/application",
)
PATIENCE = 120  # seconds for one test, when CTest does not say


def load():
    result = []
    for path in sorted(HERE.glob("*.toml")):
        with path.open("rb") as file:
            for mutant in tomllib.load(file)["mutant"]:
                mutant["from"] = mutant["from"].strip()
                mutant["to"] = mutant["to"].strip()
                result.append(mutant)
    return result


def mutate(mutant):
    """The text with the mutant in it."""
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    count = text.count(mutant["from"])
    if count != 1:
        raise ValueError(f"stands there {count} times, expected once")
    if mutant["from"] == mutant["to"]:
        raise ValueError("changes nothing")
    return text.replace(mutant["from"], mutant["to"])


def known_tests():
    """The names of the suites, as the CMakeLists.txt of the tests has them."""
    text = (ROOT / "tests" / "CMakeLists.txt").read_text(encoding="utf-8")
    result = []
    for words in re.findall(r"^rr_add_suites\(([^)]*)\)", text, re.M):
        folder, *suites = words.split()
        result += [f"{folder}/{suite}" for suite in suites]
    return result


def check_match(mutants):
    tests = known_tests()
    faults = []
    names = set()
    for mutant in mutants:
        name = mutant["name"]
        if name in names:
            faults.append(f"{name}: a second one of this name")
        names.add(name)
        if not mutant["file"].startswith(FOLDERS):
            faults.append(f"{name}: {mutant['file']} is not for mutants")
        if not any(re.search(mutant["suites"], test) for test in tests):
            faults.append(f"{name}: no test is {mutant['suites']}")
        try:
            mutate(mutant)
        except (OSError, ValueError) as fault:
            faults.append(f"{name}: {mutant['file']}: {fault}")
    if len(mutants) < FEWEST:
        faults.append(f"{len(mutants)} mutants, expected {FEWEST} at least")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(mutants)} mutants, {len(faults)} faults")
    return not faults


class Build:
    """A build folder, and the program of tests with one mutant in it."""

    program = "robot-runtime-tests"

    def __init__(self, folder, scratch):
        self.folder = folder
        self.scratch = scratch
        commands = (folder / "compile_commands.json").read_text()
        self.commands = {
            pathlib.Path(x["file"]): x["command"] for x in json.loads(commands)
        }
        cache = (folder / "CMakeCache.txt").read_text()
        home = re.search(r"^CMAKE_HOME_DIRECTORY:\w+=(.*)$", cache, re.M)
        self.home = pathlib.Path(home[1])
        self.link_command = self.output(
            ["ninja", "-t", "commands", "-s", f"bin/{self.program}"]
        ).splitlines()[-1]
        shown = self.output(["ctest", "--show-only=json-v1"])
        self.tests = {
            x["name"]: x for x in json.loads(shown)["tests"] if "command" in x
        }

    def output(self, command):
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout

    def compile(self, file, text):
        """@returns the object, or None when it does not compile."""
        source = self.scratch / "mutant.cpp"
        source.write_text(text, encoding="utf-8")
        original = self.home / file
        command = self.commands.get(original)
        if command is None:
            # One of several that are compiled together.
            original = self.unity_of(file)
            command = self.commands[original]
            wanted = f'#include "{self.home / file}"'
            together = original.read_text().replace(
                wanted, f'#include "{source}"'
            )
            source = self.scratch / "together.cpp"
            source.write_text(together)
        result = self.scratch / "mutant.o"
        words = shlex.split(command)
        words[words.index("-o") + 1] = str(result)
        words[words.index("-c") + 1] = str(source)
        # What is never used by a mutant is no error of it.
        words.append("-w")
        done = subprocess.run(
            words, cwd=self.folder, capture_output=True, text=True
        )
        if done.returncode != 0:
            print(done.stderr[-2000:], file=sys.stderr)
            return None
        return result

    def unity_of(self, file):
        wanted = f'"{self.home / file}"'
        for path in self.commands:
            if path.name.startswith("unity_") and wanted in path.read_text():
                return path
        raise LookupError(f"{file} is not compiled here")

    def link(self, mutant_object):
        """The object comes before the libraries: of these the linker takes no
        member then for what the object defines."""
        result = self.scratch / self.program
        command = re.sub(r"^: && | && :$", "", self.link_command)
        words = shlex.split(command)
        at = words.index("-o")
        words[at + 1] = str(result)
        words.insert(at, str(mutant_object))
        subprocess.run(words, cwd=self.folder, check=True)
        return result

    def tests_of(self, suites):
        result = [x for y, x in self.tests.items() if re.search(suites, y)]
        if not result:
            raise LookupError(f"no test is {suites}")
        return result

    def fails(self, test, program=None):
        """@returns how it fails; empty when it passes."""
        properties = {x["name"]: x["value"] for x in test["properties"]}
        command = list(test["command"])
        if program is not None:
            command[0] = str(program)
        environment = properties.get("ENVIRONMENT", [])
        try:
            done = subprocess.run(
                ["env", *environment, *command],
                cwd=self.folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=properties.get("TIMEOUT", PATIENCE),
            )
        except subprocess.TimeoutExpired:
            return "hangs"
        text = done.stdout + done.stderr
        for each in properties.get("FAIL_REGULAR_EXPRESSION", []):
            if re.search(each, text):
                return "nothing ran"
        return "" if done.returncode == 0 else f"exit code {done.returncode}"


def try_mutant(build, mutant):
    """@returns what became of it, and by what."""
    mutated = build.compile(mutant["file"], mutate(mutant))
    if mutated is None:
        return "does not compile", ""
    program = build.link(mutated)
    for test in build.tests_of(mutant["suites"]):
        if how := build.fails(test, program):
            return "killed", f"{test['name']} ({how})"
    return "survived", ""


def key_of(mutant):
    content = json.dumps(mutant, sort_keys=True) + mutate(mutant)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class Known:
    """What earlier runs have shown, a JSON object a line."""

    def __init__(self, path, again):
        self.path = path
        self.results = {}
        if again:
            path.unlink(missing_ok=True)
        if path.exists():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.results[entry["key"]] = entry

    def has_killed(self, key):
        return self.results.get(key, {}).get("result") == "killed"

    def add(self, entry):
        self.results[entry["key"]] = entry
        with self.path.open("a", encoding="utf-8") as out:
            print(json.dumps(entry), file=out)


def run(mutants, folder, results, again):
    known = Known(results or folder / "mutants.jsonl", again)
    with tempfile.TemporaryDirectory(prefix="rr-mutants-") as scratch:
        build = Build(folder, pathlib.Path(scratch))
        sound = set()
        for i, mutant in enumerate(mutants, 1):
            # One that survived is tried again: its test may have come since.
            if known.has_killed(key_of(mutant)):
                continue
            for test in build.tests_of(mutant["suites"]):
                # Whoever fails without a mutant kills none.
                if test["name"] not in sound and (how := build.fails(test)):
                    sys.exit(f"{test['name']} fails by itself: {how}")
                sound.add(test["name"])
            result, by = try_mutant(build, mutant)
            print(f"{i} of {len(mutants)}: {mutant['name']}: {result} {by}")
            sys.stdout.flush()
            known.add({"key": key_of(mutant), "result": result, "by": by})
    return print_table(mutants, known.results)


def print_table(mutants, results):
    """@returns whether all were killed."""
    bad = 0
    print("| mutant | file | result | by |\n| --- | --- | --- | --- |")
    for mutant in mutants:
        entry = results[key_of(mutant)]
        bad += entry["result"] != "killed"
        print(
            f"| {mutant['name']} | {mutant['file']} | {entry['result']} "
            f"| {entry['by']} |"
        )
    print(f"\n{len(mutants) - bad} of {len(mutants)} mutants killed")
    return bad == 0


def main():
    folder = ROOT / "build" / "mutants"
    results = None
    flags = set()
    parts = []
    for word in sys.argv[1:]:
        if word.startswith("--build="):
            folder = pathlib.Path(word.partition("=")[2]).resolve()
        elif word.startswith("--results="):
            results = pathlib.Path(word.partition("=")[2]).resolve()
        elif word in ("--match", "--again", "--list"):
            flags.add(word)
        elif word in ("--help", "-h"):
            print(__doc__)
            return 0
        elif word.startswith("-"):
            print(f"unknown argument: {word}", file=sys.stderr)
            return 2
        else:
            parts.append(word)
    mutants = load()
    if "--match" in flags:
        return 0 if check_match(mutants) else 1
    if parts:
        mutants = [
            x
            for x in mutants
            if any(y in x["name"] or y in x["file"] for y in parts)
        ]
    if not mutants:
        print("no such mutant", file=sys.stderr)
        return 2
    if "--list" in flags:
        print("\n".join(x["name"] for x in mutants))
        return 0
    return 0 if run(mutants, folder, results, "--again" in flags) else 1


if __name__ == "__main__":
    sys.exit(main())
