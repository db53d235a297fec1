# SPDX-License-Identifier: BSD-3-Clause
"""Debian's packages of a build, and a clean tree to install them in."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIMIT = 600  # seconds, of what takes some twenty on an idle machine

# The runtime first, then what it recommends.
INSTALLED = (
    "robot-runtime",
    "librobot-runtime-buffers1",
    "python3-robot-runtime",
)
ALL = (*INSTALLED, "librobot-runtime-buffers-dev", "robot-runtime-dev")

# Of dpkg's own, or of whatever is installed.
PASSED_OVER = ("/proc/", "/dev/", "/run/", "/tmp/", "/var/lib/dpkg/",
               "/var/lib/systemd/", "/var/log/", "/var/cache/", "/etc/ld.so.cache",
               "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-")

# A network, process numbers and mounts of its own, with loopback alone.
ROOM = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
ENTER = """
set -e
ip link set lo up
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
mount -t tmpfs shm "$1/dev/shm"
mount -t tmpfs run "$1/run"
exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  HOME=/root DEBIAN_FRONTEND=noninteractive /bin/sh -ec "$2"
"""


def paths_in(tree, *passed_over) -> set[str]:
    """What there is, to be compared with what was."""
    result = set()
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            path = "/" + str(Path(folder, name).relative_to(tree))
            if not (path + "/").startswith((*PASSED_OVER, *passed_over)):
                result.add(path)
    return result


def output(*command, **how) -> str:
    return subprocess.run(
        list(map(str, command)), check=True, text=True, timeout=LIMIT,
        stdout=subprocess.PIPE, **how,
    ).stdout


class PackagesCase(unittest.TestCase):
    """Makes them once, for all tests."""

    build = source = Path()

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="rr-packages-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        made = subprocess.run(
            [cls.source / "scripts" / "package", f"--build={cls.build}",
             f"--output={cls.folder}/packages", "--fast"],
            capture_output=True, text=True, timeout=LIMIT,
        )
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        cls.said = made.stdout
        cls.files = {
            path.name.split("_")[0]: path
            for path in (cls.folder / "packages").glob("*.deb")
        }

    def field(self, package, name) -> str:
        return output("dpkg-deb", "--field", self.files[package], name).strip()

    def contents(self, package) -> list[str]:
        """Every file, as `/usr/...`; no folders."""
        lines = output("dpkg-deb", "--contents", self.files[package])
        paths = (x.split(maxsplit=5)[5] for x in lines.splitlines())
        return [
            x.split(" -> ")[0].removeprefix(".")
            for x in paths if not x.endswith("/")
        ]

    def dependencies(self) -> list[str]:
        """What a system needs before these are installed, and the example."""
        names = {"python3-cbor2", "python3-zmq"}
        for package in INSTALLED:
            for each in self.field(package, "Depends").split(","):
                names.add(each.split("(")[0].strip())
        return sorted(names - set(ALL))

    def clean_tree(self, *include) -> Path:
        """Debian with nothing but what is told."""
        if os.geteuid() != 0:
            self.skipTest("only root can make a tree of Debian")
        if not shutil.which("mmdebstrap"):
            self.skipTest("mmdebstrap is not installed")
        if shutil.disk_usage(self.folder).free < 2 << 30:
            self.skipTest(f"less than 2 GiB are free in {self.folder}")
        tree = self.folder / "tree"
        suite = output("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME")
        made = subprocess.run(
            ["mmdebstrap", "--mode=root", "--variant=apt", "--quiet",
             '--aptopt=Acquire::Retries "2"',
             "--dpkgopt=path-exclude=/usr/share/man/*",
             f"--include={','.join(include)}",
             suite.strip(), str(tree)],
            capture_output=True, text=True, timeout=LIMIT,
        )
        if made.returncode != 0:
            last = (made.stderr.strip().splitlines() or ["?"])[-1]
            self.skipTest(f"no tree of Debian can be made here: {last}")
        return tree

    def start_inside(self, tree, script, **how) -> subprocess.Popen:
        child = subprocess.Popen(
            [*ROOM, "sh", "-c", ENTER, "sh", str(tree), script],
            stdin=subprocess.DEVNULL, text=True, **how,
        )
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def inside(self, tree, script) -> str:
        """Says it to a shell inside, which must succeed."""
        child = self.start_inside(
            tree, script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = child.communicate(timeout=LIMIT)
        self.assertEqual(child.returncode, 0, said)
        return said


def run_tests():
    """The main program: FILE BUILD-DIRECTORY SOURCE-DIRECTORY [TEST...]."""
    PackagesCase.build, PackagesCase.source = map(Path, sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
