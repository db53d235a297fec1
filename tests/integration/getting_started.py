#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Follows docs/getting-started.md word for word, as somebody who has just put
Debian on a robot: with systemd, in a container, with the packages of the build.
Then systemd's journal has the service's events with their fields. It prints how
long the page takes the machine.
usage: getting_started.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import json
import resource
import shutil
import subprocess
import time

from machine import Machine, MachineError
from packages_case import INSTALLED, LIMIT, PackagesCase, paths_in, run_tests
from page_walk import PageWalk

PAGE = "getting-started.md"
PERSON = "newcomer"
HOME = f"/home/{PERSON}"
# What a robot's Debian has, and nothing that only a package of ours needs.
DEBIAN = ("systemd-sysv", "dbus", "libpam-systemd", "sudo")
# Packages that the page names besides.
OTHERS = ("g++", "make")
MACHINE_TIME = 120  # seconds

# There is no network in the container: what `apt-get` would bring is there
# already. To its questions somebody says yes.
PREPARE = f"""
useradd --create-home --shell /bin/bash {PERSON}
echo '{PERSON} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{PERSON}
echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet=2 update
apt-get --quiet=2 --download-only install /packages/*.deb {' '.join(OTHERS)}
cp /packages/*.deb {HOME}
"""


def cpu_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class GettingStarted(PageWalk, PackagesCase):
    own_machine = True
    patience = LIMIT

    def bash(self, text):
        return self.machine.command(PERSON, *super().bash(text),
                                    RR_PAGE="/page")

    def spawn(self, command, **how):
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, text=True, **how)
        self.addCleanup(child.stdout.close)
        return child

    @staticmethod
    def end(child):
        child.kill()
        child.wait()

    def prepared_tree(self):
        tree = self.clean_tree(*DEBIAN)
        (tree / "packages").mkdir()
        for package in INSTALLED:
            shutil.copy(self.files[package], tree / "packages")
        done = subprocess.run(
            ["chroot", tree, "/bin/sh", "-ec", PREPARE], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
        if done.returncode != 0:
            last = (done.stdout.strip().splitlines() or ["?"])[-1]
            self.skipTest(f"what the page installs cannot be had: {last}")
        self.walk_from(HOME, tree / "page")
        for path in (self.state, *self.state.iterdir()):
            path.chmod(0o777)
        return tree

    def say_as_root(self, *words):
        done = subprocess.run(
            self.machine.command("root", *words), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def left_in(self, tree):
        passed_over = ("/page/", f"{HOME}/.", "/var/lib/apt/")
        return paths_in(tree, *passed_over) | {
            x for x in self.say_as_root("find", "/tmp", "/run", "/dev/shm", HOME)
            .splitlines() if "robot" in x and not x.endswith(".deb")
            # It goes with the user's session.
            and not x.startswith("/run/user/")}

    def check_journal(self):
        """What systemd's own journal has of the service."""
        entries = [json.loads(x) for x in self.say_as_root(
            "journalctl", "--quiet", "--output=json", "--unit=robot-runtime",
            "RR_EVENT=Process started").splitlines()]
        self.assertTrue(entries)
        for entry in entries:
            self.assertEqual(entry["SYSLOG_IDENTIFIER"], entry["RR_PROCESS"])
            self.assertIn("pid=" + entry["RR_PID"], entry["MESSAGE"])
            self.assertEqual(entry["PRIORITY"], "6")

    def test_the_page_leads_from_the_installation_to_the_end(self):
        tree = self.prepared_tree()
        used = cpu_time()
        try:
            self.machine = Machine(tree, self.folder / "console")
        except MachineError as error:
            self.skipTest(str(error))
        try:
            before = self.left_in(tree)
            begin = time.monotonic()
            self.run_page(PAGE)
            taken = time.monotonic() - begin
            self.check_journal()
            # Also what nothing needs, but something recommends.
            self.say_as_root(
                "apt-get", "-o", "APT::AutoRemove::RecommendsImportant=false",
                "-o", "APT::AutoRemove::SuggestsImportant=false", "purge",
                "--autoremove", *OTHERS)
            self.assertEqual(sorted(self.left_in(tree) ^ before), [])
            self.assertNotIn("robot", self.say_as_root(
                "sh", "-c", "cat /proc/[0-9]*/comm"))
            for name in ("passwd", "group", "shadow"):
                self.assertNotIn("robot-runtime",
                                 (tree / "etc" / name).read_text())
        finally:
            self.machine.end()
        used = cpu_time() - used
        print(f"\n{PAGE}: {taken:.0f} s by the clock, {used:.0f} s of processors, "
              "the start of systemd among them")
        self.assertLess(used, MACHINE_TIME)


if __name__ == "__main__":
    run_tests()
