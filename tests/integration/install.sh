#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs the build into a folder of its own and runs a robot from there: the
# program finds its launcher, all that the GNU directories promise is there, and
# no header that is not for programs of one's own.
# Then builds the example arm as a program of one's own is built, from what is
# installed alone, and runs it; and so the example actor with its tests.
#
# usage: install.sh BUILD-DIRECTORY SOURCE-DIRECTORY
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cmake --install "$1" --prefix "$folder/usr" >"$folder/log"

for file in bin/robot-runtime libexec/robot-runtime/robot-runtime-launcher \
  etc/robot-runtime/robot.ini etc/robot-runtime/low-latency.ini \
  etc/robot-runtime/low-power.ini include/robot_runtime_buffers.h \
  lib/systemd/system/robot-runtime@.service lib/sysusers.d/robot-runtime.conf \
  share/man/man1/robot-runtime.1 share/man/man5/robot-runtime.ini.5 \
  share/zsh/site-functions/_robot-runtime \
  share/bash-completion/completions/robot-runtime \
  share/doc/robot-runtime/docs/buffers.md share/doc/robot-runtime/docs/python.md; do
  [[ -e $folder/usr/$file ]] || {
    echo "not installed: $file"
    exit 1
  }
done

# A second installation, which is removed again: what somebody has changed or
# added stays.
other=$folder/other
uninstall=("$2/scripts/uninstall" --build "$folder/installed")
mkdir "$folder/installed"
install_other() {
  cmake --install "$1" --prefix "$other" >"$folder/log"
  cp "$1/install_manifest.txt" "$folder/installed"
}
install_other "$1"
grep -q "^ExecStart=$other/bin/robot-runtime run --config-file=$other/etc/" \
  "$other/lib/systemd/system/robot-runtime.service"
cp "$folder/installed/install_manifest.txt" "$folder/manifest"
echo "; mine" >>"$other/etc/robot-runtime/robot.ini"
touch "$other/share/own"
# To install once more changes nothing of it.
install_other "$1"
grep -q '^; mine' "$other/etc/robot-runtime/robot.ini"
cp "$folder/manifest" "$folder/installed/install_manifest.txt"
find "$other" | sort >"$folder/before"
"${uninstall[@]}" --dry-run >"$folder/would"
find "$other" | sort | diff "$folder/before" -
grep -qx "$other/bin/robot-runtime" "$folder/would"
"${uninstall[@]}" 2>"$folder/said"
grep -q "kept, for it was changed: $other/etc/robot-runtime/robot.ini" \
  "$folder/said"
find "$other" -not -type d | sort \
  | diff - <(printf '%s\n' "$other"/{etc/robot-runtime/robot.ini,share/own})
[[ ! -e $other/lib ]]
status=0
"${uninstall[@]}" 2>"$folder/said" || status=$?
[[ $status == 1 ]]

program=$folder/usr/bin/robot-runtime
"$program" check --config-file="$folder/usr/etc/robot-runtime/robot.ini"
cat >"$folder/robot.ini" <<'INI'
[process.hello]
command = ["/bin/echo", "hello from a child"]
on-success = "stop"
INI
port=$(/usr/bin/python3 -c 'import socket
probe = socket.socket(type=socket.SOCK_DGRAM)
probe.bind(("127.0.0.1", 0))
print(probe.getsockname()[1])')
run_robot() {
  "$program" run --config-file="$folder/robot.ini" \
    --control.address="udp://127.0.0.1:$port" \
    --application.runtime-directory="$folder/run" \
    --application.state-directory="$folder/state" \
    --router.frontend=ipc://RUNTIME/rpc.sock \
    --log.frontend=ipc://RUNTIME/log-frontend.sock |
    tee "$folder/events"
}
run_robot
grep -q '"event":"hello from a child"' "$folder/events"

# needed_in FOLDER HEADER...: which headers of a folder these include, and they
# are; they are found in the folders installed.
headers=$folder/usr/include/robot-runtime
test_headers=$folder/usr/include/robot-runtime-test-support
needed_in() {
  local where=$1 header
  shift
  for header in "$@"; do
    c++ -std=c++20 -x c++ -M "-I$headers" "-I$test_headers" "$where/$header"
  done | tr -s ' \134' '\n' | grep "^$where/" | sort -u
}

# Of headers there are those that docs/cpp.md and docs/buffers.md tell of, and what
# those need: no less, and no more. What only tests need stands apart.
cd -- "$2"
needed_in "$headers" app/peer/peer.hpp actors/support/report_errors.hpp \
  bridges/buffer/shared_buffer.hpp bridges/log/log_sink.hpp >"$folder/needed"
cd - >"$folder/log"
needed_in "$test_headers" tests/support/peer_fixture.hpp >>"$folder/needed"
sort -o "$folder/needed" "$folder/needed"
find "$headers" "$test_headers" -type f | sort | diff "$folder/needed" - || {
  echo "other headers are installed (>) than are needed (<)"
  exit 1
}

# A build with sanitizers has libraries that only a program with them can use.
if grep -q '^RR_SANITIZERS:STRING=.' "$1/CMakeCache.txt"; then
  exit
fi

# A program of one's own.
mkdir "$folder/arm"
cp "$2/examples/arm_service.cpp" "$folder/arm"
cat >"$folder/arm/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(arm LANGUAGES CXX)
find_package(robot-runtime 0.1 REQUIRED)
add_executable(arm_service arm_service.cpp)
target_link_libraries(arm_service PRIVATE robot-runtime::robot-runtime)
CMAKE
cmake -G Ninja -S "$folder/arm" -B "$folder/arm/build" \
  -DCMAKE_PREFIX_PATH="$folder/usr" >>"$folder/log"
cmake --build "$folder/arm/build"
arm=$folder/arm/build/arm_service
# What changes a whole process is in the runtime alone.
nm -D "$program" >"$folder/symbols"
grep -q ' T accept4$' "$folder/symbols"
grep -q ' U srand\(@\|$\)' "$folder/symbols"
if nm -D "$arm" | grep -E ' T accept4$| U srand(@|$)'; then
  echo "a library replaces accept4 or reseeds rand()"
  exit 1
fi
status=0
"$arm" --log.level=loud 2>"$folder/errors" || status=$?
[[ $status == 2 ]]
grep -q '^command line: \[log\] level' "$folder/errors"

# An actor of one's own and its tests, copied as whoever reads docs/testing.md does.
cp -r "$2/examples/motor_guard" "$folder/motor_guard"
cmake -G Ninja -S "$folder/motor_guard" -B "$folder/motor_guard/build" \
  -DCMAKE_PREFIX_PATH="$folder/usr" >>"$folder/log"
cmake --build "$folder/motor_guard/build"
ctest --test-dir "$folder/motor_guard/build" --output-on-failure \
  --no-tests=error

# A program in C, which needs nothing but the library of the buffers.
mkdir "$folder/motor"
cat >"$folder/motor/motor.c" <<'C'
#include <robot_runtime_buffers.h>
#include <stddef.h>
int main(void) {
  struct rr_buffer* motor;
  return rr_buffer_open("motor", "1", "none", &motor, NULL) != 0 ? 0 : 1;
}
C
cat >"$folder/motor/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(motor LANGUAGES C)
find_package(robot-runtime 0.1 REQUIRED COMPONENTS buffers)
if(TARGET CAF::core)
  message(FATAL_ERROR "the library of the buffers has brought all of C++")
endif()
add_executable(motor motor.c)
target_link_libraries(motor PRIVATE robot-runtime::buffers)
CMAKE
cmake -G Ninja -S "$folder/motor" -B "$folder/motor/build" \
  -DCMAKE_PREFIX_PATH="$folder/usr" >>"$folder/log"
cmake --build "$folder/motor/build" >>"$folder/log"
"$folder/motor/build/motor"
libraries=$(dirname "$(find "$folder/usr" -name librobot-runtime-buffers.so)")
read -ra flags < <(PKG_CONFIG_PATH=$libraries/pkgconfig \
  pkg-config --cflags --libs robot-runtime-buffers)
cc -o "$folder/motor/by-pkg-config" "$folder/motor/motor.c" "${flags[@]}"
LD_LIBRARY_PATH=$libraries "$folder/motor/by-pkg-config"

# The Python package lies where Debian's Python looks, under its prefix. It finds
# the library of the same prefix, and nothing else; all of it is there, and it
# calls a robot that runs from there.
PYTHONPATH=$(dirname "$(dirname "$(find "$folder/usr" -name buffers.py)")")
export PYTHONPATH
[[ -e $PYTHONPATH/robot_runtime/py.typed ]]
/usr/bin/python3 - "$folder" <<'PYTHON'
import sys
import robot_runtime
from robot_runtime import buffers
from robot_runtime._library import library
assert library._name.startswith(sys.argv[1]), library._name
local = next(x for x in sys.path if x.startswith("/usr/local/"))
there = sys.argv[1] + "/usr" + local.removeprefix("/usr/local")
assert buffers.__file__.startswith(there + "/"), (buffers.__file__, there)
try:
    buffers.open("submarine", 7)
except buffers.BufferError as error:
    assert "no such buffer" in str(error), error
else:
    sys.exit("opened what is not there")
for name in robot_runtime.__all__:
    getattr(robot_runtime, name)
PYTHON
cat >"$folder/robot.ini" <<'INI'
[process.pupil]
command = ["/usr/bin/python3", "-c",
  "from robot_runtime import call, log; log.install(); import logging; logging.info(call('ping'))"]
on-success = "stop"
INI
run_robot
grep -q '"event":"pong","level":"info".*"app":"pupil"' "$folder/events"
