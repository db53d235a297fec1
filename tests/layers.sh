#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails on an include against the direction of layers and rooms, as FILE:LINE,
# and on a source that stands in no room:
#
#   messages <- bridges <- actors <- app
#
# A layer includes itself and those to its left, and nothing else of this
# project. Inside a layer each folder, a room, includes itself and the rooms
# beside its name in the table below, which docs/architecture.md explains.
# Headers of actors do not include one another, but for actors/interfaces.hpp.
# Includes are written from the root, in quotes.
#
# usage: tests/layers.sh [ROOT]       checks a source tree
#        tests/layers.sh --self-test  checks that every rule finds its breach
set -euo pipefail

declare -A layers=(
  [messages]="messages"
  [bridges]="messages bridges"
  [actors]="messages bridges actors"
  [app]="messages bridges actors app"
)

# What each room may include of its own layer, besides itself.
declare -A rooms=(
  [messages]=""
  [messages/cbor]="messages"
  [messages/call]="messages messages/cbor"
  [messages/process]="messages"
  [messages/device]="messages messages/cbor messages/call"
  [messages/control]="messages messages/cbor messages/call"
  [messages/log]="messages messages/cbor messages/call"
  [messages/record]="messages messages/process messages/log"
  [messages/telemetry]="messages messages/device messages/control messages/log"
  [bridges/system]=""
  [bridges/launcher]=""
  [bridges/process]="bridges/system bridges/launcher"
  [bridges/record]="bridges/system bridges/log"
  [bridges/log]="bridges/system"
  [bridges/zmq]="bridges/system bridges/log"
  [bridges/log_stream]="bridges/system bridges/log bridges/zmq"
  [bridges/call]="bridges/system bridges/zmq"
  [bridges/buffer]="bridges/system bridges/log"
  [bridges/catalog]="bridges/system"
  [bridges/udp]="bridges/system bridges/call"
  [bridges/control]="bridges/system bridges/udp bridges/buffer"
  [bridges/telemetry]="bridges/system bridges/log bridges/buffer"
  [bridges/web]="bridges/system bridges/log bridges/buffer bridges/control bridges/telemetry"
  [bridges/black_box]="bridges/system bridges/log bridges/buffer bridges/telemetry"
  [bridges/c]="bridges/buffer bridges/catalog"
  [actors]="actors/support"
  [actors/support]=""
  [app/config]=""
  [app/runtime]="app/config"
  [app/peer]="app/config app/runtime"
  [app/command]="app/config app/runtime app/peer"
)

# What one file that names every room may include, and nobody else.
declare -A exempt=([messages/registry.cpp]=1)

# check ROOT: prints every breach; fails if there is one, or nothing to check.
check() {
  local root=$1 found=0 includes=0 file line text quote path layer room target
  local include='^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]*)'
  local ours='^(messages|bridges|actors|app|tests|examples|bench)/'
  breach() {
    printf '%s: %s\n' "$file:$line" "$1"
    found=1
  }
  # What is no actor, such as the methods of a service, may be shared.
  is_actor() {
    [[ ! -e $root/$1 ]] || grep -q stateful_pointer "$root/$1"
  }
  while IFS= read -r file; do
    if [[ ! -v rooms[${file%/*}] ]]; then
      line=1
      breach "${file%/*} is no room"
    fi
  done < <(cd -- "$root" && find messages bridges actors app \
    -name '*.[hc]pp' -o -name '*.[hc]' | sort)
  while IFS=: read -r file line text; do
    [[ $text =~ $include ]] || continue
    quote=${BASH_REMATCH[1]}
    path=${BASH_REMATCH[2]}
    layer=${file%%/*}
    room=${file%/*}
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
    elif [[ " ${layers[$layer]} " != *" $target "* ]]; then
      breach "$layer must not include $path"
    elif [[ $target == "$layer" && ${path%/*} != "$room" \
      && ! -v exempt[$file] \
      && " ${rooms[$room]-} " != *" ${path%/*} "* ]]; then
      breach "$room must not include $path"
    elif [[ $file == actors/*.hpp && $path == actors/* \
      && $path != actors/support/* && $path != actors/interfaces.hpp ]] && is_actor "$path"; then
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

# No two rooms of the table may include each other, over whatever detour.
check_table() {
  local room next after found=0 changed
  local -A reach=()
  for room in "${!rooms[@]}"; do
    reach[$room]=${rooms[$room]}
  done
  for ((changed = 1; changed; )); do
    changed=0
    for room in "${!reach[@]}"; do
      for next in ${reach[$room]}; do
        for after in ${reach[$next]}; do
          if [[ " ${reach[$room]} " != *" $after "* ]]; then
            reach[$room]+=" $after"
            changed=1
          fi
        done
      done
    done
  done
  for room in "${!reach[@]}"; do
    if [[ " ${reach[$room]} " == *" $room "* ]]; then
      printf 'the table lets %s include itself over others\n' "$room"
      found=1
    fi
  done
  return "$found"
}

# plant FILE TEXT WANTED: a tree with one line must give one breach, or none.
plant() {
  local file=$1 text=$2 wanted=$3 got tree=$scratch/tree
  rm -rf -- "$tree"
  mkdir -p -- "$tree"/{messages,bridges,actors,app} "$tree/${file%/*}"
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
  plant messages/log/a.cpp '  #  include <app/b.hpp>' \
    'messages/log/a.cpp:3: messages must not include app/b.hpp'
  plant bridges/udp/a.cpp '#include "actors/b.hpp"' \
    'bridges/udp/a.cpp:3: bridges must not include actors/b.hpp'
  plant actors/a.cpp '#include "app/config/options.hpp"' \
    'actors/a.cpp:3: actors must not include app/config/options.hpp'
  plant app/config/a.cpp '#include "tests/b.hpp"' \
    'app/config/a.cpp:3: app must not include tests/b.hpp'
  plant actors/a.hpp '#include "actors/b.hpp"' \
    'actors/a.hpp:3: headers of actors must not include one another (actors/b.hpp)'
  plant bridges/log/a.cpp '#include "../actors/b.hpp"' \
    'bridges/log/a.cpp:3: "../actors/b.hpp" is not written from the root'
  plant bridges/log/a.cpp '#include "messages/../actors/b.hpp"' \
    'bridges/log/a.cpp:3: "messages/../actors/b.hpp" is not written from the root'
  plant bridges/log/a.cpp '#include "a.hpp"' \
    'bridges/log/a.cpp:3: "a.hpp" is not written from the root'
  plant bridges/system/a.hpp '#include "bridges/zmq/b.hpp"' \
    'bridges/system/a.hpp:3: bridges/system must not include bridges/zmq/b.hpp'
  plant bridges/control/a.c '#include "bridges/process/b.h"' \
    'bridges/control/a.c:3: bridges/control must not include bridges/process/b.h'
  plant messages/a.cpp '#include "messages/log/b.hpp"' \
    'messages/a.cpp:3: messages must not include messages/log/b.hpp'
  plant actors/support/a.cpp '#include "actors/b.hpp"' \
    'actors/support/a.cpp:3: actors/support must not include actors/b.hpp'
  plant app/runtime/a.hpp '#include "app/command/b.hpp"' \
    'app/runtime/a.hpp:3: app/runtime must not include app/command/b.hpp'
  plant bridges/attic/a.hpp '#include <vector>' \
    'bridges/attic/a.hpp:1: bridges/attic is no room'
  plant bridges/a.hpp '#include <vector>' 'bridges/a.hpp:1: bridges is no room'
  plant messages/registry.cpp '#include "messages/log/b.hpp"' ''
  plant actors/a.hpp '#include "actors/interfaces.hpp"' ''
  plant actors/a.hpp '#include "actors/support/b.hpp"' ''
  plant actors/a.cpp '#include "actors/b.hpp"' ''
  plant app/command/a.cpp '#include "messages/log/b.hpp"' ''
  plant app/command/a.cpp '#include "app/config/b.hpp"' ''
  plant bridges/log/a.cpp '#include <caf/all.hpp>' ''
  plant bridges/log/a.cpp '// #include "app/b.hpp"' ''
  check_table
  rooms[bridges/system]=bridges/control
  if check_table >/dev/null; then
    printf 'a circle in the table is not found\n' >&2
    return 1
  fi
}

if [[ ${1-} == --self-test ]]; then
  self_test
else
  check_table
  check "${1:-$(dirname -- "${BASH_SOURCE[0]}")/..}"
fi
