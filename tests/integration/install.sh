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
  share/doc/robot-runtime/docs/buffers.md; do
  [[ -e $folder/usr/$file ]] || {
    echo "not installed: $file"
    exit 1
  }
done

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
"$program" run --config-file="$folder/robot.ini" \
  --control.address="udp://127.0.0.1:$port" \
  --application.runtime-directory="$folder/run" \
  --application.state-directory="$folder/state" \
  --router.frontend=ipc://RUNTIME/rpc.sock \
  --log.frontend=ipc://RUNTIME/log-frontend.sock |
  tee "$folder/events"
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

# Of headers there are those that README.md and docs/buffers.md tell of, and what
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

# An actor of one's own and its tests, copied as whoever reads README.md does.
cp -r "$2/examples/motor_guard" "$folder/motor_guard"
cmake -G Ninja -S "$folder/motor_guard" -B "$folder/motor_guard/build" \
  -DCMAKE_PREFIX_PATH="$folder/usr" >>"$folder/log"
cmake --build "$folder/motor_guard/build"
ctest --test-dir "$folder/motor_guard/build" --output-on-failure \
  --no-tests=error

# The Python module finds the library of the same prefix, and nothing else.
PYTHONPATH=$(dirname "$(dirname "$(find "$folder/usr" -name buffers.py)")") \
  /usr/bin/python3 - "$folder" <<'PYTHON'
import sys
from robot_runtime import buffers
from robot_runtime._library import library
assert library._name.startswith(sys.argv[1]), library._name
try:
    buffers.open("submarine", 7)
except buffers.BufferError as error:
    assert "no such buffer" in str(error), error
else:
    sys.exit("opened what is not there")
PYTHON
