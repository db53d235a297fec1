#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Debian's packages: what is in them, and their way through a clean tree, from
the installation over a robot that runs and an upgrade to the purge.
usage: packages.py BUILD-DIRECTORY SOURCE-DIRECTORY"""

import shutil
import subprocess

from packages_case import (
    ALL,
    INSTALLED,
    LIMIT,
    PackagesCase,
    output,
    paths_in,
    run_tests,
)

# What the test lays out.
LAID_OUT = ("/packages/", "/robot/", "/next")

# The shell functions of what runs inside the tree. The service is started as its
# unit says, by the user that it names, with what systemd would have made.
WORDS = r"""
unit=/usr/lib/systemd/system/robot-runtime.service
for folder in /run/robot-runtime /var/lib/robot-runtime; do
  install --directory --owner=robot-runtime --mode=0700 $folder
done
as_robot() {
  exec setpriv --reuid=robot-runtime --regid=robot-runtime --init-groups \
    --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
}
start() {
  command=$(sed -n 's/^ExecStart=//p' $unit)
  variables=$(sed -n 's/^Environment=//p' $unit | sed 's,%t,/run,; s,%S,/var/lib,')
  as_robot env $variables $command >>/robot/log 2>&1 &
  robot=$!
}
wait_for() {
  for i in $(seq 3000); do
    if grep -q -- "$1" /robot/log; then return; fi
    if ! kill -0 $robot; then cat /robot/log; exit 1; fi
    sleep 0.02
  done
  cat /robot/log
  echo "waited in vain for $1"
  exit 1
}
ended_with() {
  code=0
  wait $robot || code=$?
  [ $code = $1 ] || { cat /robot/log; echo "ended with $code, not $1"; exit 1; }
}
"""

# The default configuration is a robot without programs, which a person replaces
# by his own.
INSTALL = r"""
dpkg --install /packages/*.deb
getent passwd robot-runtime
[ ! -e /var/lib/robot-runtime ]
robot-runtime check
python3 -c 'from robot_runtime import buffers'
cp /robot/robot.ini /etc/robot-runtime/robot.ini
robot-runtime check
"""

# With the same words as from a terminal: root finds the service's robot by the
# configuration that is installed. An upgrade while it runs stops nothing, keeps
# the configuration that was changed and brings the other; what is started
# afterwards is started by the launcher of before, for the next one starts nothing.
RUN = WORDS + r"""
start
wait_for '"control loop at 50 Hz"'
wait_for 'student-service'
robot-runtime status --timeout=20s
(as_robot robot-runtime buffers show left-motor)
dpkg --force-confdef --force-confold --install /next/*.deb
grep '# next' /etc/robot-runtime/catalog.yaml
grep control-loop /etc/robot-runtime/robot.ini
kill -0 $robot
: >/robot/log
robot-runtime restart student --timeout=20s
wait_for '"event":"Process started".*student'
dpkg --force-confold --install /packages/robot-runtime_*.deb
robot-runtime estop --reason=test --timeout=20s
ended_with 255
start
ended_with 3
robot-runtime estop --reset
: >/robot/log
start
wait_for 'student-service'
kill -TERM $robot
ended_with 0
"""

PURGE = f"dpkg --purge {' '.join(INSTALLED)}"


class Packages(PackagesCase):
    def test_they_have_the_version_of_the_project(self):
        version = next(
            line.split()[1]
            for line in (self.source / "CMakeLists.txt").read_text().splitlines()
            if line.strip().startswith("VERSION ")
        )
        self.assertIn(f"\n## [{version}] - ",
                      (self.source / "CHANGELOG.md").read_text())
        self.assertEqual(set(self.files), set(ALL))
        for package in ALL:
            self.assertEqual(self.field(package, "Version"), version)
            self.assertIn(self.files[package].name, self.said)

    def test_each_has_what_is_its_own(self):
        wanted = {
            "robot-runtime": (
                "/usr/bin/robot-runtime", "/etc/robot-runtime/robot.ini",
                "/usr/libexec/robot-runtime/robot-runtime-launcher",
                "/usr/lib/systemd/system/robot-runtime.service",
                "/usr/lib/systemd/system/robot-runtime@.service",
                "/usr/share/doc/robot-runtime/docs/service.md",
            ),
            "librobot-runtime-buffers1": ("librobot-runtime-buffers.so.1",),
            "python3-robot-runtime": (
                "/usr/lib/python3/dist-packages/robot_runtime/buffers.py",
            ),
            "librobot-runtime-buffers-dev": (
                "/usr/include/robot_runtime_buffers.h",
                "librobot-runtime-buffers.so", "robot-runtime-buffers.pc",
                "robot-runtime-config.cmake",
            ),
            "robot-runtime-dev": (
                "librr-app.a", "/peer/peer.hpp", "robot-runtime-targets.cmake",
            ),
        }
        seen = []
        for package, ends in wanted.items():
            paths = self.contents(package)
            seen += paths
            for end in ends:
                self.assertTrue(any(x.endswith(end) for x in paths),
                                f"{package} has no {end}")
            self.assertIn(f"/usr/share/doc/{package}/copyright", paths)
        self.assertEqual(len(seen), len(set(seen)))
        for path in seen:
            self.assertTrue(path.startswith(("/usr/", "/etc/robot-runtime/")),
                            path)
        kept = output("dpkg-deb", "--info", self.files["robot-runtime"],
                      "conffiles").split()
        self.assertEqual(
            sorted(kept),
            sorted(x for x in self.contents("robot-runtime")
                   if x.startswith("/etc/")))

    def test_they_depend_on_what_they_link(self):
        for package, name in (
            ("robot-runtime", "libzmq5"),
            ("robot-runtime", "libcaf-core0.17"),
            ("librobot-runtime-buffers1", "libc6"),
            ("python3-robot-runtime", "librobot-runtime-buffers1"),
            ("robot-runtime-dev", "libcaf-dev"),
            ("robot-runtime-dev", "librobot-runtime-buffers-dev"),
            ("librobot-runtime-buffers-dev", "librobot-runtime-buffers1"),
        ):
            self.assertIn(name, self.field(package, "Depends"))

    def test_lintian_finds_nothing(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        done = subprocess.run(
            ["lintian", "--allow-root", "--fail-on=error,warning",
             *self.files.values()],
            capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_systemd_accepts_the_units(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd is not installed")
        tree = self.folder / "units"
        output("dpkg-deb", "--extract", self.files["robot-runtime"], tree)
        units = tree / "usr" / "lib" / "systemd" / "system"
        for path in units.iterdir():
            # Its program is to be found where it was extracted.
            text = path.read_text().replace("=/usr/bin/", f"={tree}/usr/bin/")
            path.write_text(text)
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no",
             units / "robot-runtime.service", units / "robot-runtime@arm.service"],
            capture_output=True, text=True, timeout=60)
        ours = [x for x in done.stderr.splitlines() if "robot-runtime" in x]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)
        told = output("systemd-analyze", "security", "--offline=yes",
                      units / "robot-runtime.service")
        page = (self.source / "docs" / "service.md").read_text()
        level = "Overall exposure level for robot-runtime.service: 4.3 OK"
        self.assertIn(level, page)
        # Others weigh things differently.
        if output("systemd-analyze", "--version").startswith("systemd 252 "):
            self.assertIn(level, told)

    def test_installed_run_upgraded_and_purged(self):
        tree = self.clean_tree(*self.dependencies())
        for package in INSTALLED:
            (tree / "packages").mkdir(exist_ok=True)
            shutil.copy(self.files[package], tree / "packages")
        self.lay_out_robot(tree)
        self.lay_out_next(tree)
        before = paths_in(tree, *LAID_OUT)
        said = self.inside(tree, INSTALL)
        self.assertIn("/etc/robot-runtime/robot.ini: 0 processes", said)
        self.assertIn("/etc/robot-runtime/robot.ini: 4 processes", said)
        said = self.inside(tree, RUN)
        self.assertIn("example-robot", said)
        self.inside(tree, PURGE)
        self.assertEqual(paths_in(tree, *LAID_OUT) ^ before, set())
        for name in ("passwd", "group", "shadow"):
            self.assertNotIn("robot-runtime", (tree / "etc" / name).read_text())

    def lay_out_robot(self, tree):
        """The example robot, without anything of the build but its programs."""
        home = tree / "robot"
        home.mkdir()
        examples = self.build / "examples"
        for name in ("control_loop", "arm_service", "battery_monitor"):
            shutil.copy(examples / name, home)
        shutil.copy(self.source / "examples" / "student.py", home)
        text = (examples / "robot.ini").read_text()
        text = text.replace(f"{self.source}/config/", "/etc/robot-runtime/")
        for path in (f"{self.source}/examples", f"{examples}",
                     f"{self.build}/python"):
            text = text.replace(path, "/robot")
        self.assertNotIn(str(self.source), text)
        (home / "robot.ini").write_text(text)
        (home / "log").touch()

    def lay_out_next(self, tree):
        """A next version of the runtime, with another configuration."""
        unpacked = self.folder / "next"
        output("dpkg-deb", "--raw-extract", self.files["robot-runtime"], unpacked)
        for name in ("robot.ini", "catalog.yaml"):
            path = unpacked / "etc" / "robot-runtime" / name
            sign = "# next" if path.suffix == ".yaml" else "; next"
            path.write_text(f"{path.read_text()}{sign}\n")
        launcher, = unpacked.glob("usr/libexec/robot-runtime/*")
        launcher.write_text("#!/bin/sh\nexit 9\n")
        control = unpacked / "DEBIAN" / "control"
        control.write_text(control.read_text().replace(
            "\nVersion: ", "\nVersion: 99:"))
        (tree / "next").mkdir()
        output("dpkg-deb", "--build", "-Znone", unpacked, tree / "next")


if __name__ == "__main__":
    run_tests()
