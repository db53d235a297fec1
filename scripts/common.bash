# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts beside this file have in common. To be sourced.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
script=$(basename -- "$0")

# Says what happens, on standard error: standard output is the program's.
say() {
  printf '%s: %s\n' "$script" "$*" >&2
}

fail() {
  say "$@"
  exit 1
}

# A mistake on the command line: code 2, as with robot-runtime itself.
bad_usage() {
  say "$@" "(see $script --help)"
  exit 2
}

# Prints a command, then runs it. Where SIGCHLD is ignored builders and runners
# of tests lose the exit codes of what they start, so it never is.
run() {
  say "\$ $(printf '%q ' "$@")"
  env --default-signal=CHLD "$@"
}

# Prints the comment at the script's top, which is its manual.
print_help() {
  sed -n '/^# SPDX/d; /^#!/d; /^#/!q; s/^# \{0,1\}//p' "$0"
}

# Seconds as people say them: `40 s`, `3 min 5 s`.
duration() {
  if (($1 < 60)); then
    printf '%d s' "$1"
  else
    printf '%d min %d s' $(($1 / 60)) $(($1 % 60))
  fi
}

# timed NAME WHAT USUALLY COMMAND...: says before how long WHAT took the last
# time, or takes usually, and after how long it took. NAME is what to remember
# it by, in build/.times. Ends as COMMAND does.
timed() {
  local file=$root/build/.times/$1 what=$2 usually=$3 started=$SECONDS last
  shift 3
  if last=$(cat -- "$file" 2>/dev/null) && [[ $last =~ ^[0-9]+$ ]]; then
    say "$what: $(duration "$last") the last time"
  else
    say "$what: usually $usually"
  fi
  "$@" || return
  mkdir -p -- "${file%/*}"
  printf '%d\n' $((SECONDS - started)) >"$file"
  say "$what: done in $(duration $((SECONDS - started)))"
}

# build PRESET [TARGET...]: configures and builds, from any directory.
build() {
  local preset=$1 targets=()
  shift
  if (($#)); then
    targets=(--target "$@")
  fi
  (
    cd -- "$root" \
      && run cmake --preset "$preset" \
      && NINJA_STATUS='[%f of %t, %e s] ' \
        run cmake --build --preset "$preset" "${targets[@]}"
  ) >&2
}

# Every C and C++ file of the project, each ended by a null byte.
list_sources() {
  local folders=() folder
  for folder in messages bridges actors app tests examples bench cmake; do
    if [[ -d "$root/$folder" ]]; then
      folders+=("$folder")
    fi
  done
  (
    cd -- "$root" || return
    find "${folders[@]}" -type f \
      \( -name '*.hpp' -o -name '*.cpp' -o -name '*.h' -o -name '*.c' \) \
      -print0 | LC_ALL=C sort -z
  )
}
