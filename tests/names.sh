#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails when one name is given twice where nobody would tell:
#
# - A type in a header of the tests has the name of one of the product's: they
#   are in one namespace and one program, and the linker would take the functions
#   of either for both without a word.
# - Two sources of a room give the same name to what is theirs alone, in an
#   unnamed namespace: they are compiled together in the release build, where a
#   call may find the function of the other source to fit better.
#
# usage: tests/names.sh [ROOT]       checks a source tree
#        tests/names.sh --self-test  checks that a breach in a room is found
set -euo pipefail

# types PATTERN FOLDER...: of the files that are named so, at whatever depth.
types() {
  local pattern=$1
  shift
  find "$@" -name "$pattern" -exec sed -nE \
    's/^(class|struct) (\[\[[a-z]+\]\] )?([a-z_0-9]+).*/\3/p' {} + | sort -u
}

# own_names SOURCE...: what stands at the margin of their unnamed namespaces, as
# `FOLDER NAME`, once for each source.
own_names() {
  awk '
    function tell(name) {
      if (name != "" && !((FILENAME, name) in told)) {
        told[FILENAME, name] = 1
        folder = FILENAME
        sub(/\/[^\/]*$/, "", folder)
        print folder, name
      }
    }
    FNR == 1 { inside = 0 }
    /^namespace \{/ { inside = 1; next }
    /^\} \/\/ namespace$/ { inside = 0 }
    !inside || !/^[A-Za-z_]/ { next }
    /^(using|template|static_assert|extern|namespace)/ { next }
    /^(struct|class|enum|union) / {
      sub(/^(struct|class|enum class|enum|union) (\[\[[a-z_]+\]\] )?/, "")
      sub(/[^A-Za-z0-9_].*/, "")
      tell($0)
      next
    }
    /[({=;[]/ {
      sub(/[({=;[].*/, "")
      sub(/ +$/, "")
      if (match($0, /[A-Za-z0-9_]+$/))
        tell(substr($0, RSTART))
    }' "$@"
}

check() {
  local tests both twice sources
  cd -- "$1"
  tests=$(types '*.hpp' tests)
  if [[ -z $tests ]]; then
    echo "found no type at all" >&2
    return 1
  fi
  both=$(comm -12 <(printf '%s\n' "$tests") \
    <(types '*.[ch]pp' messages bridges actors app))
  if [[ -n $both ]]; then
    # shellcheck disable=SC2086 # one line for each
    printf 'a type of the tests has the name of one of the product: %s\n' $both
    return 1
  fi
  mapfile -t sources < <(find messages bridges actors app -name '*.cpp')
  twice=$(own_names "${sources[@]}" | sort | uniq -d)
  if [[ -n $twice ]]; then
    printf 'two sources have the same name for something of their own:\n%s\n' \
      "$twice"
    return 1
  fi
}

self_test() {
  local tree
  tree=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder that it is now
  trap "rm -rf -- '$tree'" EXIT
  mkdir -p "$tree"/{messages,actors,app,bridges/udp,tests/support}
  echo 'class [[nodiscard]] socket {' >"$tree/bridges/udp/socket.cpp"
  echo 'struct peer {' >"$tree/tests/support/peer.hpp"
  printf 'namespace {\n\nint fault(int x) {\n}\n\n} // namespace\n' \
    >"$tree/bridges/udp/a.cpp"
  sed 's/fault/fault_of/' "$tree/bridges/udp/a.cpp" >"$tree/bridges/udp/b.cpp"
  cp "$tree/bridges/udp/a.cpp" "$tree/actors/"
  (check "$tree")
  cp "$tree/bridges/udp/a.cpp" "$tree/bridges/udp/c.cpp"
  if (check "$tree") >/dev/null; then
    echo "the same name in two sources of a room is not found" >&2
    return 1
  fi
  rm "$tree/bridges/udp/c.cpp"
  echo 'struct socket {' >"$tree/tests/support/socket.hpp"
  if (check "$tree") >/dev/null; then
    echo "the same name in two rooms is not found" >&2
    return 1
  fi
}

if [[ ${1-} == --self-test ]]; then
  self_test
else
  check "${1:-$(dirname -- "${BASH_SOURCE[0]}")/..}"
fi
