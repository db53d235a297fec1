#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs tests of the robot's page in a real browser.
#
# usage: tests/browser/run.sh FILE.mjs [PATH-OF-ROBOT-RUNTIME BUILD-DIRECTORY]
#
# Exit code 77, which CTest takes as skipped: there is no Node, no Chromium, or
# no web/node_modules.
set -euo pipefail

skip() {
  echo "skipped: $* (scripts/setup --browser installs it)"
  exit 77
}

folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
command -v node >/dev/null || skip "there is no Node"
[[ $(node --version) =~ ^v([2-9][0-9]|[0-9]{3}) ]] \
  || skip "Node $(node --version) is older than 20"
command -v chromium >/dev/null || skip "there is no Chromium"
[[ -d $folder/../../web/node_modules/playwright-core ]] \
  || skip "there is no web/node_modules"
RR_PROGRAM=${2:-} RR_BUILD=${3:-} exec node --test --test-reporter=spec \
  "$folder/$1"
