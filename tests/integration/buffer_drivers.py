#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a driver does with its device, by the Python module and the C library.
usage: buffer_drivers.py FOLDER-OF-BUILT-MODULE"""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from buffers_case import MOTOR, BufferCase


class Drivers(BufferCase):
    def test_a_request_is_pending_until_it_is_acknowledged(self):
        motor = self.motor
        self.assertEqual(motor.pending_writes(), {})
        motor.write_many({"mode": 3, "duty_cycle": 0.5})
        first = motor.pending_writes()
        self.assertEqual(first, {"duty_cycle": 1, "mode": 1})
        motor.write("mode", 4)
        for name, stamp in first.items():
            motor.acknowledge(name, stamp)
        self.assertEqual(motor.pending_writes(), {"mode": 2})
        motor.acknowledge("mode", 2)
        self.assertEqual(motor.pending_writes(), {})
        # One that is yet to come is no request.
        self.refused(None, motor.acknowledge, "mode", 3)
        motor.write("mode", 5)
        self.assertEqual(motor.pending_writes(), {"mode": 3})
        self.refused("sped", motor.acknowledge, "sped", 1)

    def requester(self, *values):
        """A process that requests duty cycles, one after each line that it
        gets."""
        code = ("import sys; from robot_runtime import buffers\n"
                f"with buffers.open('motor', {MOTOR}) as motor:\n"
                f"    for value in {values}:\n"
                "        sys.stdin.readline()\n"
                "        motor.write('duty_cycle', value)\n"
                "    sys.stdin.readline()\n")
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, text=True,
            bufsize=1, env=os.environ | {"PYTHONPATH": sys.path[0]})

        def end():
            child.kill()
            child.wait()
            child.stdin.close()

        self.addCleanup(end)
        return child

    def test_a_driver_waits_for_requests(self):
        self.enable()
        child = self.requester(-0.5, 0.5)
        self.assertEqual(self.motor.wait_for_request(0, timeout=0), 0)
        seen = 0
        for value in (-0.5, 0.5):
            # It goes on only while this thread waits.
            ask = threading.Timer(0.05, child.stdin.write, ["\n"])
            ask.start()
            now = self.motor.wait_for_request(seen)
            self.assertGreater(now, seen)
            # The process may have taken its time to start.
            self.enable()
            self.assertEqual(self.motor.requested("duty_cycle"), value)
            ask.join()
            seen = now
        # What was requested before is not missed, nor told twice.
        self.assertEqual(self.motor.wait_for_request(0), seen)
        start = time.monotonic()
        self.assertEqual(self.motor.wait_for_request(seen, 0.05), seen)
        self.assertGreaterEqual(time.monotonic() - start, 0.05)

    def test_a_wait_ends_with_the_buffer_and_by_signals(self):
        class Told(Exception):
            pass

        def tell(*_):
            raise Told

        main = threading.main_thread().ident
        before = signal.signal(signal.SIGUSR1, tell)
        try:
            ask = threading.Timer(0.05, signal.pthread_kill,
                                  [main, signal.SIGUSR1])
            ask.start()
            with self.assertRaises(Told):
                self.motor.wait_for_request()
            ask.join()
            # One whose handler goes on does not end it.
            signal.signal(signal.SIGUSR1, lambda *_: None)
            ask = threading.Timer(0.05, signal.pthread_kill,
                                  [main, signal.SIGUSR1])
            ask.start()
            start = time.monotonic()
            self.motor.wait_for_request(timeout=0.2)
            self.assertGreaterEqual(time.monotonic() - start, 0.2)
            ask.join()
        finally:
            signal.signal(signal.SIGUSR1, before)
        gone = threading.Timer(0.05, self.motor.set_valid, [False])
        gone.start()
        with self.assertRaisesRegex(buffers.BufferError, "is invalid"):
            self.motor.wait_for_request()
        gone.join()

    def test_a_device_is_connected_while_its_driver_lives(self):
        code = ("import sys; from robot_runtime import buffers\n"
                f"with buffers.open('motor', {MOTOR}) as motor:\n"
                "    motor.set_connected(True)\n"
                "    print('driving', flush=True)\n"
                "    sys.stdin.readline()\n")
        self.assertFalse(self.motor.connected)
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": sys.path[0]})
        try:
            child.stdout.readline()
            self.assertTrue(self.motor.connected)
            for refused in (lambda: self.motor.set_connected(True),
                            lambda: self.motor.set_connected(False),
                            self.motor.remove):
                self.assertIn("another process drives it",
                              self.refused(None, refused))
            # It is not collected before its end has been seen.
            child.kill()
            start = time.monotonic()
            while self.motor.connected:
                self.assertLess(time.monotonic() - start, 10)
        finally:
            child.kill()
            child.wait()
            child.stdin.close()
            child.stdout.close()
        self.assertTrue(self.motor.valid)
        self.motor.set_connected(True)
        self.assertTrue(self.motor.connected)

    def test_a_device_that_is_gone_can_come_back(self):
        self.motor.set("speed", 1.5)
        self.motor.set_connected(True)
        self.motor.remove()
        self.assertFalse(self.motor.valid)
        self.assertFalse(self.path().exists())
        self.assertIn("is gone", self.refused(None, self.motor.set_connected,
                                              True))
        with buffers.open("motor", MOTOR, create=True) as again:
            self.assertEqual(again.get("speed"), 0)
            again.set_connected(True)
            self.motor.remove()
            self.assertTrue(again.valid)
            self.assertTrue(self.path().exists())

    def test_a_device_is_asked_to_report(self):
        motor = self.motor
        self.assertEqual(motor.take_pending_reads(), [])
        motor.request_read("trace")
        motor.request_read("speed")
        motor.request_read("speed")
        self.assertEqual(motor.take_pending_reads(), ["speed", "trace"])
        self.assertEqual(motor.take_pending_reads(), [])
        self.refused("mode", motor.request_read, "mode")
        self.assertTrue(motor.subscribed("speed"))
        motor.subscribe("speed", False)
        self.assertFalse(motor.subscribed("speed"))
        motor.subscribe("speed")
        self.assertTrue(motor.subscribed("speed"))
        self.refused("sped", motor.subscribed, "sped")


if __name__ == "__main__":
    sys.path.insert(0, sys.argv.pop())
    from robot_runtime import buffers

    unittest.main(verbosity=2)
