#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails when a type in a header of the tests has the name of one of the
# product's: they are in one namespace and one program, and the linker would
# take the functions of either for both without a word.
#
# usage: tests/names.sh ROOT
set -euo pipefail
cd -- "$1"

types() {
  sed -nE 's/^(class|struct) (\[\[[a-z]+\]\] )?([a-z_0-9]+).*/\3/p' "$@" \
    | sort -u
}

tests=$(types tests/*.hpp)
if [[ -z $tests ]]; then
  echo "found no type at all" >&2
  exit 1
fi
both=$(comm -12 <(printf '%s\n' "$tests") \
  <(types {messages,bridges,actors,app}/*.[ch]pp))
if [[ -n $both ]]; then
  printf 'a type of the tests has the name of one of the product: %s\n' $both
  exit 1
fi
