# SPDX-License-Identifier: BSD-3-Clause
"""Rows of the fault matrix. A row is a test method that says by `@fault` what
is injected and what is promised, and by `self.saw` what came of it; a row that
says nothing has failed.

    class Children(FaultCase):
        @fault("a child exits with 1", "told as a failure with its code")
        def test_exit_1(self):
            ...
            self.saw(f"exit code {event['exit_code']}")

    if __name__ == "__main__":
        run_faults()

A file is run as: FILE ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
[ROW...]. The report gets one JSON object a line for each row. FILE --list names
the rows, and what each injects."""

import functools
import json
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from robot_case import RobotCase  # noqa: E402


def fault(injected, promise):
    """Makes a row of a test method."""

    def decorate(method):
        @functools.wraps(method)
        def run(self):
            self.seen = []
            method(self)
            self.assertTrue(self.seen, "a row says what it has seen")

        run.fault = (injected, promise)
        return run

    return decorate


class FaultCase(RobotCase):
    seen: list[str]

    def saw(self, what: str) -> None:
        self.seen.append(what)


class ReportedResult(unittest.TextTestResult):
    """Writes down each row as it ends."""

    report: Path | None = None
    file = Path(sys.argv[0]).stem

    def startTest(self, test):
        super().startTest(test)
        self.begun = time.monotonic()
        self.outcome = ("passed", "")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.outcome = ("failed", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.outcome = ("failed", repr(err[1]))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.outcome = ("failed", f"{subtest}: {err[1]}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcome = ("skipped", reason)

    def stopTest(self, test):
        super().stopTest(test)
        injected, promise = getattr(test, test._testMethodName).fault
        result, why = self.outcome
        row = {
            "row": f"{self.file}/{row_name(test._testMethodName)}",
            "fault": injected,
            "promise": promise,
            "result": result,
            "seen": "; ".join(getattr(test, "seen", [])) or why,
            "seconds": round(time.monotonic() - self.begun, 2),
        }
        if self.report:
            with self.report.open("a", encoding="utf-8") as out:
                print(json.dumps(row, ensure_ascii=False), file=out)


def row_name(method: str) -> str:
    return method.removeprefix("test_").replace("_", "-")


def run_faults() -> None:
    """The main program of a file of rows."""
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromModule(sys.modules["__main__"])
    rows = [x for case in suite for x in case]
    if sys.argv[1:] == ["--list"]:
        for row in rows:
            name = row._testMethodName
            injected = getattr(row, name).fault[0]
            print(f"{ReportedResult.file}/{row_name(name)}: {injected}")
        return
    RobotCase.program, module, *rest = sys.argv[1:]
    sys.path.insert(0, module)
    wanted = {x for x in rest if not x.startswith("--")}
    for option in rest:
        if option.startswith("--report="):
            ReportedResult.report = Path(option.partition("=")[2])
            ReportedResult.report.parent.mkdir(parents=True, exist_ok=True)
            ReportedResult.report.unlink(missing_ok=True)
    if wanted:
        rows = [x for x in rows if row_name(x._testMethodName) in wanted]
    if not rows:
        sys.exit("no such row")
    runner = unittest.TextTestRunner(verbosity=2, resultclass=ReportedResult)
    sys.exit(not runner.run(unittest.TestSuite(rows)).wasSuccessful())
