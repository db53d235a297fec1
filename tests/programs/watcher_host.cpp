// SPDX-License-Identifier: BSD-3-Clause

// A runtime in small, to be killed: `watcher_host KIND PROGRAM [ARG...]` starts
// the program and prints every line of its output.

#include <cstdio>
#include <cstring>
#include <unistd.h>

#include "bridges/process/child_watcher.hpp"

namespace {

rr::containment_kind kind_of(const char* name) {
  for (auto kind : {rr::containment_kind::control_group,
                    rr::containment_kind::process_namespace})
    if (std::strcmp(name, rr::to_string(kind)) == 0)
      return kind;
  return rr::containment_kind::cookie;
}

} // namespace

int main(int argc, char** argv) {
  using namespace rr;
  if (argc < 3)
    return 2;
  stop_cord cord;
  child_watcher_settings settings;
  settings.containment = kind_of(argv[1]);
  auto print = [](const output_line& line) {
    std::printf("%s\n", line.text.c_str());
    std::fflush(stdout);
  };
  auto watcher = child_watcher::make(settings, cord, print);
  if (!watcher)
    return 1;
  process_settings child;
  child.name = "hosted";
  child.command.assign(argv + 2, argv + argc);
  auto handle = (*watcher)->start(child, {});
  for (;;)
    ::pause();
}
