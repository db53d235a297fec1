#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Events of Python's `logging` in the log of the real runtime.
usage: python_log.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import logging
import subprocess
import threading
import unittest.mock

import cbor2
import zmq

from python_case import LIMIT, PythonCase, as_json, elapsed
from robot_case import run_tests

INSTALL = "import logging\nfrom robot_runtime import log\nlog.install()\n"


class PythonLog(PythonCase):
    def subscriber(self):
        """In the place of the runtime's log; it may come late."""
        result = self.zmq.socket(zmq.SUB)
        self.addCleanup(result.close)
        result.rcvtimeo = LIMIT * 1000
        result.subscribe(b"")
        result.bind(f"ipc://{self.folder}/log")
        return result

    def handler(self, **how):
        from robot_runtime import log

        result = log.Handler(address=f"ipc://{self.folder}/log", **how)
        self.addCleanup(result.close)
        logger = logging.Logger(f"test-{id(result)}")
        logger.addHandler(result)
        return logger, result

    def spawn_logging(self, script):
        """A program that has the subscriber for its log. It must be listened to
        at once: a subscription leaves when the subscriber receives."""
        environment = {"RR_LOG_BACKEND": f"ipc://{self.folder}/log"}
        return self.spawn(
            self.python(script), env=self.environment | environment
        )

    def receive(self, socket):
        topic, payload = socket.recv_multipart()
        kind, level, (event,) = cbor2.loads(payload)
        self.assertEqual((kind, level), (2, topic.decode()))
        self.assertEqual(level, event["level"])
        return event

    def test_what_a_child_logs_is_in_the_robots_log(self):
        script = INSTALL + (
            "logging.info('arm is %s', 'warm', extra={'celsius': 41.5})\n"
            "logging.getLogger('arm.hand').critical('lost')\n"
            "try: 1 / 0\n"
            "except ZeroDivisionError: logging.exception('cannot divide')\n"
            "logging.debug('not told')\n"
            "logging.warning('local', extra={'transmit': False})\n"
            "logging.warning('told')\n"
        )
        robot = self.robot(child={"command": self.python(script)})
        events = {}
        for event in self.lines(robot):
            events[event["event"]] = event
            if event["event"] == "told":
                break
        warm = events["arm is warm"]
        self.assertEqual(
            (warm["level"], warm["app"], warm["process"], warm["celsius"]),
            ("info", "child", "child", 41.5),
        )
        self.assertEqual(warm["pid"], events["told"]["pid"])
        self.assertRegex(
            warm["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
        )
        self.assertNotIn("logger", warm)
        self.assertEqual(events["lost"]["logger"], "arm.hand")
        self.assertEqual(events["lost"]["level"], "critical")
        self.assertEqual(events["cannot divide"]["level"], "error")
        traceback = events["cannot divide"]["traceback"].splitlines()
        self.assertEqual(traceback[-1], "ZeroDivisionError: division by zero")
        self.assertNotIn("not told", events)
        self.assertNotIn("local", events)

    def test_events_are_numbered_for_readers(self):
        socket = self.subscriber()
        first, _ = self.handler()
        second, _ = self.handler()
        for number in range(100):
            first.info("first")
            second.log(logging.INFO if number % 2 else logging.ERROR, "second")
        sequences = {}
        for _ in range(200):
            event = self.receive(socket)
            key = event["event"], event["source"], event["level"]
            sequences.setdefault(key, []).append(event["seq"])
        counts = {key[::2]: value for key, value in sequences.items()}
        self.assertEqual(counts[("first", "info")], list(range(1, 101)))
        for level in ("info", "error"):
            self.assertEqual(counts[("second", level)], list(range(1, 51)))
        self.assertEqual(len({source for _, source, _ in sequences}), 2)

    def test_what_finds_no_room_is_counted_and_holds_nobody_up(self):
        logger, _ = self.handler(queue=10)

        def flood():
            for number in range(2000):
                logger.info("event %d", number)
                logger.error("an error")

        # Nobody takes them.
        self.assertLess(elapsed(flood), LIMIT / 2)
        socket = self.subscriber()
        events = [self.receive(socket) for _ in range(11)]
        said = [x["event"] for x in events]
        queued = [x for i in range(5) for x in (f"event {i}", "an error")]
        self.assertEqual(said, [*queued, "Log events dropped"])
        self.assertEqual(events[-1]["count"], 3990)
        self.assertEqual(events[-1]["level"], "warning")
        # And a reader sees it by itself.
        logger.info("next")
        event = self.receive(socket)
        self.assertEqual((event["event"], event["seq"]), ("next", 2001))

    def test_a_log_that_goes_and_comes_is_waited_for(self):
        logger, _ = self.handler()
        logger.info("before")
        socket = self.subscriber()
        self.assertEqual(self.receive(socket)["event"], "before")
        socket.close(0)
        socket = self.subscriber()
        # The first of them may have left while the connection was ending.
        socket.rcvtimeo = 20
        told = []

        def arrives():
            logger.info("again")
            try:
                told.append(self.receive(socket))
            except zmq.Again:
                return False
            return True

        self.wait_until(arrives)
        self.assertEqual(told[0]["event"], "again")

    def test_whatever_stands_in_a_record_can_be_sent(self):
        class Bad:
            def __str__(self):
                raise KeyError

        loop = []
        loop.append(loop)
        socket = self.subscriber()
        logger, _ = self.handler()
        logger.info(
            "odd \udc80",
            extra={
                "a set": {5},
                "bad": Bad(),
                "big": 1 << 70,
                "bytes": b"\xff",
                "event": "ours",
                "key": {1: (2, None)},
                "level": 3,
                "loop": loop,
                "seq": 4,
                "text": "\ud800",
                "long": "x" * 100_000,
            },
        )
        event = self.receive(socket)
        self.assertEqual(event["event"], "odd ?")
        self.assertEqual((event["level"], event["seq"]), ("info", 1))
        self.assertEqual(
            [event[x + "_"] for x in ("event", "level", "seq")], ["ours", 3, 4]
        )
        self.assertEqual(event["a set"], "{5}")
        self.assertEqual(event["bad"], "Bad (KeyError)")
        self.assertEqual(event["big"], str(1 << 70))
        self.assertEqual(event["key"], {"1": [2, None]})
        self.assertEqual(event["text"], "?")
        self.assertEqual(event["long"], "x" * 65536 + " (34464 more)")
        from robot_runtime.cbor_form import check_form

        check_form(cbor2.dumps([2, "info", [event]]))
        logger.info("large", extra={"list": ["x" * 60000] * 30})
        event = self.receive(socket)
        self.assertNotIn("list", event)
        self.assertGreater(event["dropped_bytes"], 1_800_000)

    def test_a_record_that_makes_no_text_is_told_on_standard_error(self):
        socket = self.subscriber()
        logger, handler = self.handler()
        failed = []
        handler.handleError = failed.append
        logger.info("%d", "no number")
        logger.info("next")
        self.assertEqual(self.receive(socket)["event"], "next")
        self.assertEqual(len(failed), 1)

    def test_a_handler_of_signals_may_log(self):
        script = INSTALL + (
            "count = 0\n"
            "def tell(*_):\n"
            "    global count\n"
            "    count += 1\n"
            "    logging.info('signal %d', count)\n"
            "signal.signal(signal.SIGALRM, tell)\n"
            "signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)\n"
            "told = 0\n"
            "while count < 1000:\n"
            "    told += 1\n"
            "    logging.warning('main %d', told)\n"
            "signal.setitimer(signal.ITIMER_REAL, 0)\n"
            "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
            "logging.getLogger().handlers[0].flush()\n"
            "logging.error('done', extra={'signals': count, 'told': told})\n"
        )
        socket = self.subscriber()
        child = self.spawn_logging(script)
        numbers, dropped = {}, 0
        while True:
            event = self.receive(socket)
            if event["event"] == "Log events dropped":
                dropped += event["count"]
            elif event["event"].startswith(("signal", "main")):
                numbers[event["event"]] = event["seq"]
            elif event["event"] == "done":
                break
        self.assertEqual(child.wait(LIMIT), 0)
        self.assertGreaterEqual(event["signals"], 1000)
        self.assertEqual(
            len(numbers) + dropped, event["signals"] + event["told"]
        )

    def test_a_forked_child_logs_as_a_source_of_its_own(self):
        script = INSTALL + (
            "logging.info('from the parent')\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    logging.info('from the child')\n"
            "    sys.exit(0)\n"
            "assert os.waitpid(child, 0)[1] == 0\n"
            "logging.info('from the parent')\n"
        )
        socket = self.subscriber()
        child = self.spawn_logging(script)
        told = [self.receive(socket) for _ in range(3)]
        self.assertEqual(child.wait(LIMIT), 0)
        by_text = {}
        for each in told:
            by_text.setdefault(each["event"], set()).add(
                (each["source"], each["pid"])
            )
        self.assertEqual(len(by_text["from the parent"]), 1)
        self.assertEqual(len(by_text["from the child"]), 1)
        self.assertFalse(
            by_text["from the parent"] & by_text["from the child"]
        )

    def test_the_last_events_of_a_program_arrive(self):
        socket = self.subscriber()
        script = INSTALL + "for i in range(300): logging.info('last %d', i)\n"
        child = self.spawn_logging(script)
        said = [self.receive(socket)["event"] for _ in range(300)]
        self.assertEqual(said, [f"last {i}" for i in range(300)])
        self.assertEqual(child.wait(LIMIT), 0)

    def test_the_end_of_a_handler_waits_for_the_log(self):
        from robot_runtime import log

        logger, handler = self.handler()
        logger.info("the last")
        with unittest.mock.patch.object(log, "_LONGEST_FLUSH", LIMIT):
            closing = threading.Thread(target=handler.close)
            closing.start()
            socket = self.subscriber()
            self.assertEqual(self.receive(socket)["event"], "the last")
            closing.join(LIMIT)
        self.assertFalse(closing.is_alive())

    def test_without_a_log_events_are_lines_of_json(self):
        script = INSTALL + (
            "logging.info('grün', extra={'inf': float('inf'), 'x': [1.5]})\n"
            "logging.error('two\\nlines')\n"
        )
        done = self.run_script(script, RR_APPLICATION_NAME="arm")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        first, second = as_json(done.stdout)
        self.assertEqual(
            (first["event"], first["app"], first["inf"], first["x"]),
            ("grün", "arm", None, [1.5]),
        )
        self.assertEqual((second["event"], second["seq"]), ("two\nlines", 1))

    def test_such_a_line_is_an_event_of_the_runtime(self):
        script = "os.environ.pop('RR_LOG_BACKEND')\n" + INSTALL + (
            "logging.warning('by hand', extra={'celsius': 41.5})\n"
        )
        robot = self.robot(child={"command": self.python(script)})
        event = self.wait_for(robot, "by hand")
        self.assertEqual(event["level"], "warning")
        self.assertEqual(event["celsius"], 41.5)
        self.assertEqual(event["process"], "child")

    def test_a_reader_of_standard_output_who_hangs_holds_nobody_up(self):
        script = INSTALL + (
            "import sys\n"
            "for i in range(5000): logging.info('%1000d', i)\n"
            "print('done', file=sys.stderr, flush=True)\n"
        )
        child = subprocess.Popen(
            ["/usr/bin/python3", "-c", script],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.kill)
        self.assertEqual(child.stderr.readline(), "done\n")
        # Not even its end, though nobody has read a line.
        self.assertEqual(child.wait(LIMIT), 0)

    def test_the_level_is_the_configurations(self):
        script = INSTALL + "logging.debug('fine'); logging.error('worse')\n"
        for level, said in (("debug", ["fine", "worse"]), ("warn", ["worse"]),
                            ("critical", [])):
            done = self.run_script(script, RR_LOG_LEVEL=level)
            self.assertEqual([x["event"] for x in as_json(done.stdout)], said)
        done = self.run_script(script, RR_LOG_LEVEL="loud")
        self.assertIn("RR_LOG_LEVEL: expected one of debug,", done.stderr)
        done = self.run_script(
            "import logging\nfrom robot_runtime import log\n"
            "log.install(logging.CRITICAL)\nlogging.error('not told')\n"
        )
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_to_install_it_twice_doubles_nothing(self):
        script = INSTALL + "log.install('ERROR')\nlogging.error('once')\n"
        script += "logging.warning('not told')\n"
        done = self.run_script(script)
        self.assertEqual([x["event"] for x in as_json(done.stdout)], ["once"])

    def test_what_is_wrong_with_a_handler_is_said_where_it_is_made(self):
        from robot_runtime import log

        for how, why in (
            ({"queue": 0}, "queue: expected 1 or more, got 0"),
            ({"address": "here"}, "cannot connect to here: "),
        ):
            with self.assertRaisesRegex(ValueError, f"^{why}"):
                log.Handler(**how)

    def test_a_handler_that_is_closed_leaves_no_thread(self):
        before = threading.active_count()
        logger, handler = self.handler()
        logger.info("nobody hears this")
        self.assertEqual(threading.active_count(), before + 1)
        handler.close()
        handler.close()
        self.wait_until(lambda: threading.active_count() == before)
        logger.info("nor this")
        self.assertEqual(threading.active_count(), before)


if __name__ == "__main__":
    run_tests()
