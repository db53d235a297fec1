#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails when a type in a header of the tests has the name of one of the
# product's: they are in one namespace and one program, and the linker would
# take the functions of either for both without a word.
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

check() {
  local tests both
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
}

self_test() {
  local tree
  tree=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder that it is now
  trap "rm -rf -- '$tree'" EXIT
  mkdir -p "$tree"/{messages,actors,app,bridges/udp,tests/support}
  echo 'class [[nodiscard]] socket {' >"$tree/bridges/udp/socket.cpp"
  echo 'struct peer {' >"$tree/tests/support/peer.hpp"
  (check "$tree")
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
