#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python module and the C library, on real shared memory.
usage: buffers.py FOLDER-OF-BUILT-MODULE C-PROGRAM"""

import ctypes
import os
import struct
import subprocess
import sys
import time
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from buffers_case import MOTOR, BufferCase

PROGRAM = ""


class Buffers(BufferCase):
    def test_values_come_back_as_they_were_set(self):
        for name, value in {
            "duty_cycle": 0.5,
            "speed": -1e100,
            "on": True,
            "trace": [[1, -2, 3], [4, 5, -32768]],
            "label": "ahead",
            "frame": [i % 256 for i in range(1000)],
        }.items():
            self.motor.set(name, value)
            self.assertEqual(self.motor.get(name), value)
            self.assertEqual(self.motor.snapshot()[name], value)
        self.motor.set("frame", bytes(1000))
        self.assertEqual(self.motor.get("frame"), [0] * 1000)
        self.assertEqual(
            list(self.motor.snapshot()),
            ["duty_cycle", "speed", "on", "trace", "label", "frame", "pulse"])
        self.assertAlmostEqual(self.motor.last_update, time.monotonic(),
                               delta=10)
        self.assertEqual(self.motor.last_write, 0)

    def test_another_process_sees_what_was_set(self):
        self.motor.set("speed", 1.5)
        code = ("import sys; from robot_runtime import buffers\n"
                f"with buffers.open('motor', '{hex(MOTOR)}') as motor:\n"
                "    assert motor.valid\n"
                "    motor.set('speed', motor.get('speed') * 2)\n")
        subprocess.run([sys.executable, "-c", code], check=True,
                       env=os.environ | {"PYTHONPATH": sys.path[0]})
        self.assertEqual(self.motor.get("speed"), 3.0)

    def test_a_program_in_c_shares_the_buffer(self):
        self.motor.set("speed", 2.0)
        done = subprocess.run([PROGRAM, "motor", str(MOTOR)],
                              capture_output=True, text=True)
        self.assertEqual(
            done.stdout,
            f"{self.prefix}-motor-{MOTOR} 8 parameters, speed 4, valid 1\n")
        self.assertEqual(done.returncode, 0)
        # What it has requested has ended with it.
        self.enable()
        self.assertEqual(self.motor.requested("duty_cycle"), 0.25)

    def test_all_values_are_read_by_one_call(self):
        values = {
            "duty_cycle": 0.5,
            "speed": -1e100,
            "on": True,
            "trace": [[1, -2, 3], [4, 5, -32768]],
            "label": "ahead",
            "pulse": 9,
        }
        self.motor.set_many(
            values | {"label": b"ahead\0\0\0", "frame": bytes([1] * 1000)})
        # A frame is too large to be among them.
        self.assertEqual(self.motor.values(), values)
        self.assertEqual(list(self.motor.values()), list(values))
        with ThreadPoolExecutor(4) as pool:
            for seen in pool.map(lambda _: self.motor.values(), range(2000)):
                self.assertEqual(seen, values)
        self.motor.set_valid(False)
        self.refused(None, self.motor.values)

    def wait_for(self, param, value, seconds=10.0):
        """How long it takes until a parameter is requested so."""
        start = time.monotonic()
        while self.motor.requested(param) != value:
            self.assertLess(time.monotonic() - start, seconds, param)
            time.sleep(0.001)
            self.enable()
        return time.monotonic() - start

    def end_of(self, *command):
        """How long it takes until the end of a program that requests -0.5 is
        seen, which is killed."""
        self.enable()
        child = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": sys.path[0]})
        try:
            self.wait_for("duty_cycle", -0.5)
            # It is not collected before its end has been seen.
            child.kill()
            return self.wait_for("duty_cycle", 0.25)
        finally:
            child.kill()
            child.wait()

    def test_a_request_ends_with_its_process(self):
        code = ("import sys, time; from robot_runtime import buffers\n"
                f"with buffers.open('motor', {MOTOR}) as motor:\n"
                "    getattr(motor, sys.argv[1])(*eval(sys.argv[2]))\n"
                "time.sleep(60)\n")
        python = [sys.executable, "-c", code]
        for command in (
            [*python, "write", "('duty_cycle', -0.5)"],
            [*python, "write_many", "({'duty_cycle': -0.5, 'mode': 3},)"],
            [PROGRAM, "motor", str(MOTOR), "-0.5"],
        ):
            delays = sorted(self.end_of(*command) for _ in range(3))
            self.assertLess(delays[1], 0.05, command)
        # Without a safe value.
        self.assertIn("disabled",
                      self.refused("mode", self.motor.requested, "mode"))

    def test_a_fork_of_python_requests_for_itself(self):
        self.motor.write("mode", 3)
        child = os.fork()
        if child == 0:
            self.motor.write("duty_cycle", -0.5)
            os._exit(0)
        os.waitpid(child, 0)
        self.enable()
        self.assertEqual(self.motor.requested("duty_cycle"), 0.25)
        self.assertEqual(self.motor.requested("mode"), 3)

    def test_a_request_that_is_not_renewed_expires(self):
        self.enable()
        self.motor.write("pulse", 9)
        self.motor.write("duty_cycle", -0.5)
        start = time.monotonic()
        self.assertEqual(self.motor.requested("pulse"), 9)
        self.wait_for("pulse", 7)
        self.assertGreater(time.monotonic() - start, 0.28)
        self.assertEqual(self.motor.requested("duty_cycle"), -0.5)
        self.motor.write("pulse", 9)
        self.assertEqual(self.motor.requested("pulse"), 9)

    def test_errors_name_the_parameter(self):
        motor = self.motor
        self.assertIn("no such parameter", self.refused("sped", motor.get,
                                                        "sped"))
        self.assertIn("not writeable", self.refused("speed", motor.write,
                                                    "speed", 1.0))
        self.assertIn("not readable", self.refused("mode", motor.get, "mode"))
        for name, value in {
            "speed": "fast",
            "duty_cycle": float("nan"),
            "on": 1,
            "trace": [[1, 2], [3, 4]],
            "label": "much too long",
            "frame": bytes(999),
        }.items():
            self.assertTrue(
                self.refused(name, motor.set, name, value).startswith(name))
        self.refused("trace", motor.set, "trace",
                     [[1, 2, 3], [4, 5, float("nan")]])
        self.refused("speed", motor.set, "speed", None)
        self.refused("speed", motor.set, "speed", True)
        self.refused("speed", motor.set, "speed", object())
        self.assertEqual(motor.get("trace"), [[0, 0, 0], [0, 0, 0]])

    def test_numbers_out_of_range_are_clamped_with_a_warning(self):
        for name, value, limit in (
            ("duty_cycle", 7, 1.0),
            ("duty_cycle", -float("inf"), -1.0),
            ("trace", [[1 << 80, 0, 0], [0, 0, -(1 << 80)]],
             [[32767, 0, 0], [0, 0, -32768]]),
        ):
            with self.assertWarns(buffers.ClampedWarning):
                self.motor.set(name, value)
            self.assertEqual(self.motor.get(name), limit)
            with self.assertWarns(buffers.ClampedWarning):
                self.motor.set_many({"speed": 2.5, name: value})
            self.assertEqual(self.motor.get(name), limit)
        with self.assertWarns(buffers.ClampedWarning):
            self.motor.write_many({"mode": 256, "pulse": -(1 << 80)})
        self.enable()
        self.assertEqual(self.motor.requested("mode"), 255)
        self.assertEqual(self.motor.requested("pulse"), 0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.motor.set("duty_cycle", 1)
            self.motor.set_many({"duty_cycle": 1, "speed": 1e300})

    def test_requests_are_safe_while_the_robot_is_disabled(self):
        motor = self.motor
        motor.write("duty_cycle", -0.5)
        motor.write("mode", 3)
        self.assertEqual(motor.requested("duty_cycle"), 0.25)
        self.assertIn("disabled", self.refused("mode", motor.requested, "mode"))
        self.enable()
        time.sleep(0.1)
        self.assertEqual(motor.requested("duty_cycle"), -0.5)
        self.assertEqual(motor.requested("mode"), 3)
        self.assertIn("nobody has requested",
                      self.refused("on", motor.requested, "on"))
        self.enable(0)
        self.assertEqual(motor.requested("duty_cycle"), 0.25)
        self.assertEqual(self.refused("mode", motor.requested, "mode"),
                         "mode: the robot is disabled: smoke")

    def test_every_scalar_takes_all_of_its_range_and_no_more(self):
        with buffers.open("numbers", 0, create=True) as device:
            for bits in (8, 16, 32, 64):
                for name, low, high in (
                    (f"v_int{bits}", -(1 << (bits - 1)), (1 << (bits - 1)) - 1),
                    (f"v_uint{bits}", 0, (1 << bits) - 1),
                ):
                    for value in (low, high, 7):
                        device.set(name, value)
                        self.assertEqual(device.get(name), value)
                        self.assertIs(type(device.get(name)), int)
                    for value, limit in ((low - 1, low), (high + 1, high)):
                        with self.assertWarns(buffers.ClampedWarning):
                            device.set(name, value)
                        self.assertEqual(device.get(name), limit)
                    for value in (1.5, 1e300, float("inf")):
                        self.refused(name, device.set, name, value)
                        self.refused(name, device.set_many, {name: value})
                    self.refused(name, device.set, name, True)
            for name, largest in (("v_float", 3.4028234663852886e38),
                                  ("v_double", 1.7976931348623157e308)):
                for value in (largest, -largest, 0.5, 3):
                    device.set(name, value)
                    self.assertEqual(device.get(name), value)
                    self.assertIs(type(device.get(name)), float)
                with self.assertWarns(buffers.ClampedWarning):
                    device.set(name, 10 ** 400)
                self.assertEqual(device.get(name), largest)
                self.refused(name, device.set, name, float("nan"))
                self.refused(name, device.set, name, False)
            device.set("v_bool", True)
            self.assertIs(device.get("v_bool"), True)
            self.refused("v_bool", device.set, "v_bool", 0)
            device.set("v_char", "x")
            self.assertEqual(device.get("v_char"), "x")

    def test_threads_use_one_buffer(self):
        """Each thread's parameters have what it wrote there alone."""
        names = ["duty_cycle", "speed"]

        def use(number):
            for i in range(3000):
                value = float((i + number) % 2)
                self.motor.set(names[number], value)
                if self.motor.get(names[number]) != value:
                    return False
                self.motor.get(names[1 - number])
                self.motor.snapshot()
            return True

        with ThreadPoolExecutor(2) as pool:
            self.assertEqual(list(pool.map(use, range(2))), [True, True])

    def test_many_values_are_written_at_once_or_not_at_all(self):
        self.motor.set_many({"speed": 1.5, "on": True})
        self.refused("duty_cycle", self.motor.set_many,
                     {"speed": 2.5, "duty_cycle": float("nan")})
        self.assertEqual(self.motor.get("speed"), 1.5)
        self.motor.write_many({"mode": 1, "on": False})
        self.enable()
        self.assertEqual(self.motor.requested("mode"), 1)
        self.assertIs(self.motor.requested("on"), False)

    def test_a_device_has_the_name_that_the_environment_says(self):
        from robot_runtime import buffers

        os.environ["RR_DEVICE_NAMES"] = f"left:{MOTOR} right:{MOTOR + 1}"
        self.addCleanup(os.environ.pop, "RR_DEVICE_NAMES")
        self.motor.set("speed", 3.5)
        with buffers.open("motor", "left") as same:
            self.assertEqual(same.get("speed"), 3.5)
        with self.assertRaises(buffers.BufferError):
            buffers.open("motor", "middle")

    def test_what_is_not_there_or_closed_is_an_error(self):
        with self.assertRaisesRegex(buffers.BufferError, "no such buffer"):
            buffers.open("gamepad", 0)
        with self.assertRaisesRegex(buffers.BufferError, "no device UID"):
            buffers.open("gamepad", "x")
        with self.assertRaisesRegex(buffers.BufferError, "no such type"):
            buffers.open("submarine", 0, create=True)
        with self.assertRaisesRegex(buffers.BufferError, "not of this type"):
            buffers.open("motor", 5, create=True)
        self.motor.close()
        self.motor.close()
        self.assertFalse(self.motor.valid)
        self.refused("speed", self.motor.get, "speed")
        del os.environ["RR_DEVICE_CATALOG"]
        try:
            with self.assertRaisesRegex(buffers.BufferError, "no catalog"):
                buffers.open("gamepad", 0, create=True)
        finally:
            self.setUpClass()

    def test_an_invalid_buffer_refuses(self):
        pad = buffers.open("gamepad", 0, create=True)
        self.assertTrue(pad.valid)
        # The flags, as docs/buffers.md has them: the offset of a 32-bit word.
        file = Path("/dev/shm") / f"{self.prefix}-gamepad-0"
        with open(file, "r+b") as memory:
            flags, = struct.unpack_from("=Q", memory.read(320), 192)
            memory.seek(flags)
            memory.write(struct.pack("=I", 2))
        self.assertFalse(pad.valid)
        self.assertTrue(pad.connected)
        self.refused("joystick_left_x", pad.get, "joystick_left_x")
        self.refused("joystick_left_x", pad.set, "joystick_left_x", 0.5)
        self.refused(None, pad.snapshot)
        pad.close()

    def test_the_layout_is_as_documented(self):
        """Reads an object with nothing but docs/buffers.md."""
        self.motor.set("speed", 2.5)
        data = self.path().read_bytes()
        self.assertEqual(data[:8], b"rrbuffer")
        count, = struct.unpack_from("=I", data, 140)
        table, size = struct.unpack_from("=QI", data, 176)
        counters, slots, slot_size = struct.unpack_from("=QQQ", data, 232)
        published, = struct.unpack_from("=Q", data, counters)
        slot = slots + published % 8 * slot_size
        values = {}
        for i in range(count):
            name, _, scalar = struct.unpack_from("=64sHB", data,
                                                 table + i * size)
            place, = struct.unpack_from("=Q", data, table + i * size + 144)
            values[name.rstrip(b"\0").decode()] = (scalar, slot + place)
        scalar, place = values["speed"]
        self.assertEqual(scalar, 10)
        self.assertEqual(struct.unpack_from("=d", data, place), (2.5,))

    def test_the_library_shows_only_its_header(self):
        library = _library.library._name
        listed = subprocess.run(["nm", "-D", "--defined-only", library],
                                capture_output=True, text=True, check=True)
        names = {line.split()[-1].split("@")[0]
                 for line in listed.stdout.splitlines()}
        names.discard("ROBOT_RUNTIME_BUFFERS_1")
        self.assertIn("rr_buffer_open", names)
        self.assertEqual(
            [x for x in names if not x.startswith("rr_buffer_")], [])
        self.assertIsInstance(ctypes.CDLL(library), ctypes.CDLL)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop()
    sys.path.insert(0, sys.argv.pop())
    from robot_runtime import _library, buffers

    unittest.main(verbosity=2)
