#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails on an include against the direction of the layers, as FILE:LINE:
#
#   messages <- bridges <- actors <- app
#
# A layer includes itself and those to its left, and nothing else of this
# project. Headers of actors do not include one another, but for
# actors/interfaces.hpp. Includes are written from the root, in quotes.
#
# usage: tests/layers.sh [ROOT]       checks a source tree
#        tests/layers.sh --self-test  checks that every rule finds its breach
set -euo pipefail

declare -A allowed=(
  [messages]="messages"
  [bridges]="messages bridges"
  [actors]="messages bridges actors"
  [app]="messages bridges actors app"
)

# check ROOT: prints every breach; fails if there is one, or nothing to check.
check() {
  local root=$1 found=0 includes=0 file line text quote path layer target
  local include='^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]*)'
  local ours='^(messages|bridges|actors|app|tests|examples|bench)/'
  breach() {
    printf '%s:%s: %s\n' "$file" "$line" "$1"
    found=1
  }
  # What is no actor, such as a queue of deadlines, may be shared by actors.
  is_actor() {
    [[ ! -e $root/$1 ]] || grep -q stateful_pointer "$root/$1"
  }
  while IFS=: read -r file line text; do
    [[ $text =~ $include ]] || continue
    quote=${BASH_REMATCH[1]}
    path=${BASH_REMATCH[2]}
    layer=${file%%/*}
    includes=$((includes + 1))
    if [[ ! $path =~ $ours ]]; then
      if [[ $quote == '"' ]]; then
        breach "\"$path\" is not written from the root"
      fi
      continue
    fi
    target=${path%%/*}
    if [[ $path == *../* || $path == *./* ]]; then
      breach "\"$path\" is not written from the root"
    elif [[ " ${allowed[$layer]} " != *" $target "* ]]; then
      breach "$layer must not include $path"
    elif [[ $file == actors/*.hpp && $target == actors \
      && $path != actors/interfaces.hpp ]] && is_actor "$path"; then
      breach "headers of actors must not include one another ($path)"
    fi
  done < <(cd -- "$root" && grep -rnE '^[[:space:]]*#[[:space:]]*include' \
    --include='*.hpp' --include='*.cpp' --include='*.h' --include='*.c' \
    messages bridges actors app)
  if ((includes == 0)); then
    printf '%s: found no include at all\n' "$root" >&2
    return 1
  fi
  return "$found"
}

# plant FILE TEXT WANTED: a tree with one line must give one breach, or none.
plant() {
  local file=$1 text=$2 wanted=$3 got tree=$scratch/tree
  rm -rf -- "$tree"
  mkdir -p -- "$tree"/{messages,bridges,actors,app}
  printf '#pragma once\n\n%s\n' "$text" >"$tree/$file"
  got=$(check "$tree" 2>/dev/null) || true
  if [[ $got != "$wanted" ]]; then
    printf 'planted %s in %s: wanted "%s", got "%s"\n' "$text" "$file" \
      "$wanted" "$got" >&2
    return 1
  fi
}

self_test() {
  scratch=$(mktemp -d)
  trap 'rm -rf -- "$scratch"' EXIT
  plant messages/a.hpp '#include "bridges/b.hpp"' \
    'messages/a.hpp:3: messages must not include bridges/b.hpp'
  plant messages/a.cpp '  #  include <app/b.hpp>' \
    'messages/a.cpp:3: messages must not include app/b.hpp'
  plant bridges/a.cpp '#include "actors/b.hpp"' \
    'bridges/a.cpp:3: bridges must not include actors/b.hpp'
  plant actors/a.cpp '#include "app/options.hpp"' \
    'actors/a.cpp:3: actors must not include app/options.hpp'
  plant app/a.cpp '#include "tests/b.hpp"' \
    'app/a.cpp:3: app must not include tests/b.hpp'
  plant actors/a.hpp '#include "actors/b.hpp"' \
    'actors/a.hpp:3: headers of actors must not include one another (actors/b.hpp)'
  plant bridges/a.cpp '#include "../actors/b.hpp"' \
    'bridges/a.cpp:3: "../actors/b.hpp" is not written from the root'
  plant bridges/a.cpp '#include "messages/../actors/b.hpp"' \
    'bridges/a.cpp:3: "messages/../actors/b.hpp" is not written from the root'
  plant bridges/a.cpp '#include "a.hpp"' \
    'bridges/a.cpp:3: "a.hpp" is not written from the root'
  plant actors/a.hpp '#include "actors/interfaces.hpp"' ''
  plant actors/a.cpp '#include "actors/b.hpp"' ''
  plant app/a.cpp '#include "messages/b.hpp"' ''
  plant bridges/a.cpp '#include <caf/all.hpp>' ''
  plant bridges/a.cpp '// #include "app/b.hpp"' ''
}

if [[ ${1-} == --self-test ]]; then
  self_test
else
  check "${1:-$(dirname -- "${BASH_SOURCE[0]}")/..}"
fi
