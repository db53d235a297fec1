# SPDX-License-Identifier: BSD-3-Clause
"""A motor's buffer in shared memory of its own, without a runtime: what the
tests of the Python module and the C library share."""

import os
import struct
import tempfile
import time
import unittest
from pathlib import Path

CATALOG = """
motor:
  device_id: 13
  params:
    - {name: duty_cycle, type: float, lower: -1, upper: 1, writeable: true,
       safe: 0.25}
    - {name: speed, type: double}
    - {name: mode, type: uint8, readable: false, writeable: true}
    - {name: on, type: bool, writeable: true}
    - {name: trace, type: "int16[2][3]", writeable: true}
    - {name: label, type: "char[8]"}
    - {name: frame, type: "uint8[1000]"}
    - {name: pulse, type: uint16, writeable: true, safe: 7, expires: 0.3}
gamepad:
  params:
    - {name: joystick_left_x, type: float}
numbers:
  params:
""" + "".join(f"    - {{name: v_{x}, type: {x}, writeable: true}}\n" for x in (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "float", "double", "char"))
MOTOR = (13 << 72) + 5


class BufferCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rr-test-")
        cls.addClassCleanup(folder.cleanup)
        catalog = Path(folder.name) / "catalog.yaml"
        catalog.write_text(CATALOG)
        cls.prefix = f"t{os.getpid()}"
        os.environ["RR_DEVICE_PREFIX"] = cls.prefix
        os.environ["RR_DEVICE_CATALOG"] = str(catalog)

    def setUp(self):
        self.addCleanup(self.remove_all)
        from robot_runtime import buffers

        self.motor = buffers.open("motor", MOTOR, create=True)
        self.addCleanup(self.motor.close)

    def remove_all(self):
        for file in Path("/dev/shm").glob(f"{self.prefix}-*"):
            file.unlink()

    def path(self):
        return Path("/dev/shm") / f"{self.prefix}-motor-{MOTOR}"

    def refused(self, parameter, function, *arguments):
        from robot_runtime import buffers

        with self.assertRaises(buffers.BufferError) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.parameter, parameter)
        return str(caught.exception)

    def enable(self, enabled=1):
        """The robot's state, as docs/buffers.md has it."""
        data = bytearray(128 + 4 * 256 + 64 + 4 * 1024)
        struct.pack_into("=8sIIiIQq", data, 0, b"rrstate\0", 2, len(data),
                         os.getpid(), 0, 0, 1_000_000_000)
        struct.pack_into("=Qq", data, 64, enabled, time.monotonic_ns())
        data[128:133] = b"smoke"
        file = Path("/dev/shm") / f"{self.prefix}-robot-state"
        if file.exists():
            with open(file, "r+b") as state:
                state.write(data)
        else:
            file.write_bytes(data)
            file.chmod(0o600)
