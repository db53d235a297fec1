# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of a peer's resources share: a program that picks them, and a
robot with a motor, in a folder of their own."""

import os
import sys
import unittest
from pathlib import Path

from peer_case import PeerCase, Program, free_udp_address
from robot_case import CATALOG, GROUP, MOTOR


def endpoint(address: str):
    host, port = address.removeprefix("udp://").split(":")
    return host, int(port)


class Case(PeerCase):
    def setUp(self):
        super().setUp()
        self.control = free_udp_address()
        port = endpoint(free_udp_address())[1]
        self.group = f"udp://{GROUP}:{port}"
        (self.folder / "catalog.yaml").write_text(CATALOG)
        (self.folder / "devices.ini").write_text(
            f'[device]\nnames = {{ left-motor = "{MOTOR}" }}\n'
        )
        self.prefix = f"p{os.getpid()}-{id(self) % 100000}"

    def options(self) -> list:
        return [
            *super().options(),
            f"--control.address={self.control}",
            f"--update.address={self.group}",
            "--update.interval=20ms",
            f"--device.prefix={self.prefix}",
        ]

    def pick(self, *arguments, **environment) -> Program:
        program = self.build / "bin" / "test-peer-resources"
        return Program(
            self, [program, *self.options(), *arguments], **environment
        )

    def with_devices(self) -> dict:
        return {
            "RR_DEVICE_CATALOG": str(self.folder / "catalog.yaml"),
            "RR_CONFIG_FILE": str(self.folder / "devices.ini"),
        }

    def robot(self, sections="", *arguments, **environment) -> Program:
        file = self.folder / "robot.ini"
        file.write_text(
            (self.folder / "devices.ini").read_text() + "\n" + sections
        )
        program = self.build / "bin" / "robot-runtime"
        robot = Program(
            self,
            [
                program,
                "run",
                f"--config-file={file}",
                f"--device.catalog={self.folder}/catalog.yaml",
                *self.options(),
                *arguments,
            ],
            **environment,
        )
        robot.wait_for("Log publisher configured")
        return robot

    def failed(self, *arguments, **environment) -> str:
        peer = self.pick(*arguments, **environment)
        self.assertEqual(peer.wait(), 1)
        return peer.errors()


def run_tests():
    """The main program of a file of tests: FILE BUILD-DIRECTORY
    SOURCE-DIRECTORY."""
    PeerCase.build, PeerCase.source = (Path(x) for x in sys.argv[1:])
    unittest.main(argv=sys.argv[:1], verbosity=2)
