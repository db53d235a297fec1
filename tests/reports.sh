#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails when a process of a test has reported what a sanitizer found, and shows
# the reports. The names of the files in FOLDER tell the test, the program and
# its process id.
#
# usage: tests/reports.sh FOLDER
#        tests/reports.sh --clear FOLDER
#        tests/reports.sh --self-test PROGRAM FAULT...
#                         (programs/faulty.c, built)
set -euo pipefail

# Lines of each report, which has the memory around it at its end.
lines=60

check() {
  local report failed=0
  for report in "$1"/*; do
    [[ -s $report ]] || continue
    failed=1
    printf '== %s\n' "${report##*/}"
    head -n "$lines" -- "$report"
  done
  return "$failed"
}

# Each fault is found in a program that nobody waits for.
self_test() {
  local program=$1 fault folder
  shift
  folder=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf -- '$folder'" EXIT
  for fault in none "$@"; do
    mkdir "$folder/$fault"
    UBSAN_LOG_PATH=$folder/$fault/a.ub ASAN_OPTIONS=log_path=$folder/$fault/a \
      TSAN_OPTIONS=log_path=$folder/$fault/a \
      sh -c '("$@") || true' sh "$program" "$fault"
    if check "$folder/$fault" >"$folder/said"; then
      [[ $fault == none ]] && continue
      echo "not found: $fault"
      return 1
    fi
    if [[ $fault == none ]] || ! grep -q 'faulty\.c:' "$folder/said"; then
      echo "$fault:"
      cat -- "$folder/said"
      return 1
    fi
  done
}

case $1 in
  --clear)
    rm -rf -- "$2"
    mkdir -p -- "$2"
    # Some processes run as nobody.
    chmod 1777 -- "$2"
    ;;
  --self-test) self_test "${@:2}" ;;
  *) check "$1" ;;
esac
