#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails when README.md or a page of docs/ names a file that is not there, by a
# relative link or by a path of the source tree between backticks, and when the
# rooms in docs/architecture.md are not those of tests/layers.sh. What a reader
# is to fill in, as in `actors/NAME.hpp`, is passed over.
#
# usage: tests/links.sh [ROOT]       checks a source tree
#        tests/links.sh --self-test  checks that every rule finds its breach
# shellcheck disable=SC2016 # backticks are the pages' own
set -euo pipefail

# What a page names outside of its blocks of code, as LINE:PATH from the root.
named() {
  local page=$1 text line path
  text=$(sed '/^ *```/,/^ *```/s/.*//' -- "$page")
  while IFS=: read -r line path; do
    path=${path:2:-1}
    path=${path%%#*}
    if [[ -n $path && ! $path =~ ^(https?|mailto): ]]; then
      printf '%s:%s\n' "$line" "${page%"${page##*/}"}$path"
    fi
  done < <(grep -noE '\]\([^) ]+\)' <<<"$text")
  # Of a command, such as `scripts/bench calls`, the first word.
  grep -noE '`(messages|bridges|actors|app|tests|scripts|config|docs)/[^` ]*' \
    <<<"$text" | tr -d '`' | grep -v 'NAME\|ROOM' || true
}

# Both tables of rooms as ROOM: ROOMS OF ITS LAYER THAT IT MAY INCLUDE.
held() {
  sed -nE '/^declare -A rooms/,/^\)/{
    s,([ "])[a-z]+/,\1,g
    s/^  \[(.*)\]="(.*)"$/\1: \2/p
  }' "$1" | LC_ALL=C sort
}
told() {
  sed -nE 's/^\| `((messages|bridges|actors|app)[^`]*)`.*\|([^|]*) \|$/\1:\3/p' \
    "$1" | sed 's/,//g; s/: -$/: /' | LC_ALL=C sort
}

check() {
  local page line path found=0 any=0
  cd -- "$1"
  for page in README.md docs/*.md; do
    while IFS=: read -r line path; do
      any=1
      if [[ ! -e $path ]]; then
        printf '%s:%s: %s is not there\n' "$page" "$line" "$path"
        found=1
      fi
    done < <(named "$page")
  done
  if ((any == 0)); then
    echo "found no link at all" >&2
    return 1
  fi
  if ! diff <(held tests/layers.sh) <(told docs/architecture.md); then
    echo "docs/architecture.md (>) has other rooms than tests/layers.sh (<)"
    found=1
  fi
  return "$found"
}

# plant PAGE TEXT WANTED: a tree with one more line in a page must give this.
plant() {
  local page=$1 text=$2 wanted=$3 got tree=$scratch/tree
  rm -rf -- "$tree"
  mkdir -p -- "$tree"/{actors,bridges/log,docs,tests}
  touch -- "$tree"/{actors/spin.cpp,docs/buffers.md}
  printf '%s\n' 'declare -A rooms=(' '  [bridges/log]="bridges/system"' ')' \
    >"$tree/tests/layers.sh"
  echo '[links](docs/architecture.md)' >"$tree/README.md"
  echo '| `bridges/log` | what is logged | system |' \
    >"$tree/docs/architecture.md"
  printf '%s\n' "$text" >>"$tree/$page"
  got=$(check "$tree") || true
  if [[ $got != "$wanted" ]]; then
    printf 'planted %s in %s: wanted "%s", got "%s"\n' "$text" "$page" \
      "$wanted" "$got" >&2
    return 1
  fi
}

self_test() {
  scratch=$(mktemp -d)
  trap 'rm -rf -- "$scratch"' EXIT
  plant README.md 'see [this](docs/gone.md).' \
    'README.md:2: docs/gone.md is not there'
  plant README.md '[a](actors/) and [`b`](actors/gone.cpp#l1)' \
    'README.md:2: actors/gone.cpp is not there'
  plant docs/buffers.md '[this](architecture.md) and [that](README.md)' \
    'docs/buffers.md:1: docs/README.md is not there'
  plant docs/buffers.md 'in `bridges/log/gone.hpp`.' \
    'docs/buffers.md:1: bridges/log/gone.hpp is not there'
  plant docs/architecture.md '| `bridges/log` | twice | - |' "0a1
> bridges/log: 
docs/architecture.md (>) has other rooms than tests/layers.sh (<)"
  plant docs/buffers.md '[up](../README.md#a), [here](#b), [x](https://x.org)' ''
  plant README.md 'run `tests/layers.sh --self-test`; `actors/spin.cpp`' ''
  plant README.md 'write `actors/NAME.hpp` and `rr/none`' ''
}

if [[ ${1-} == --self-test ]]; then
  self_test
else
  check "${1:-$(dirname -- "${BASH_SOURCE[0]}")/..}"
fi
