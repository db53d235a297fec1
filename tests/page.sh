#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fails when web/dist, which is built into the program, is not what web/src
# makes, or has more than 150 KiB compressed. Needs no Node: the build writes
# down the sums of what it has read and made. Where Node and web/node_modules are
# there, it is made anew and compared, too.
#
# usage: tests/page.sh [ROOT]       checks a source tree
#        tests/page.sh --self-test  checks that each fault is found
set -euo pipefail

budget=$((150 * 1024))

fail() {
  printf '%s\n' "$@" >&2
  return 1
}

named() {
  sed 's/^[0-9a-f]*  //' dist.sha256
}

there() {
  find build.mjs package.json package-lock.json src dist -type f \
    | LC_ALL=C sort
}

check() {
  local size
  cd -- "$1/web" || return
  sha256sum --check --quiet --strict dist.sha256 \
    || fail "web/dist is stale: npm ci && npm run build, in web/" || return
  diff <(named) <(there) >&2 \
    || fail "web/dist is stale, a source came or went: npm ci &&" \
      "npm run build, in web/" || return
  gzip --decompress --stdout dist/index.html.gz | cmp - dist/index.html \
    || fail "web/dist/index.html.gz is not index.html" || return
  size=$(stat --format=%s dist/index.html.gz)
  ((size <= budget)) \
    || fail "the page has $size bytes compressed, more than $budget" || return
  if command -v node >/dev/null && [[ -d node_modules/esbuild ]]; then
    node build.mjs --check
  else
    echo "not made anew, as there is no Node or no web/node_modules (npm ci)"
  fi
}

folder=
self_test() {
  folder=$(mktemp --directory)
  trap 'rm -rf -- "$folder"' EXIT
  local breach
  fresh() {
    rm -rf -- "$folder/web"
    mkdir -- "$folder/web"
    (cd -- "$1/web" && cp -R -- *.mjs *.json *.sha256 src dist "$folder/web")
  }
  fresh "$1"
  (check "$folder") || fail "a sound page is refused"
  for breach in \
    'echo "// more" >>src/app/main.js' \
    'echo "// more" >src/app/new.js' \
    'rm src/app/html.js' \
    'echo "<p>more" >>dist/index.html' \
    'echo more >dist/more.txt' \
    'rm dist/policy.txt' \
    'echo "{}" >package-lock.json'; do
    fresh "$1"
    (cd -- "$folder/web" && eval "$breach")
    if (check "$folder") >/dev/null 2>&1; then
      fail "not found: $breach"
    fi
  done
  # What a forger of the sums would have to answer to.
  fresh "$1"
  (
    cd -- "$folder/web"
    echo "<p>more" | gzip --no-name >dist/index.html.gz
    # shellcheck disable=SC2046 # the names have no spaces
    sha256sum $(named) >sums && mv sums dist.sha256
  )
  if (check "$folder") >/dev/null 2>&1; then
    fail "not found: a packed page that is another"
  fi
}

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
if [[ ${1:-} == --self-test ]]; then
  self_test "$root"
else
  check "${1:-$root}"
fi
