// SPDX-License-Identifier: BSD-3-Clause

// usage: host KIND BOARD PROGRAM
//
// A runtime in small, to be killed: the watcher alone starts PROGRAM for every
// other slot of the board, whose number is its last argument. KIND is `group`,
// `namespace` or `cookie`: how what children start is kept together.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridges/process/child_watcher.hpp"
#include "messages/error.hpp"

int main(int argc, char** argv) {
  using namespace rr;
  const std::map<std::string, containment_kind> kinds{
    {"group", containment_kind::control_group},
    {"namespace", containment_kind::process_namespace},
    {"cookie", containment_kind::cookie}};
  auto kind = kinds.find(argc > 1 ? argv[1] : "");
  if (argc != 4 || kind == kinds.end())
    return 2;
  uint32_t slots = 0;
  auto* file = std::fopen(argv[2], "rb");
  if (file == nullptr || std::fread(&slots, sizeof(slots), 1, file) != 1)
    return 1;
  std::fclose(file);
  stop_cord cord;
  child_watcher_settings how;
  how.containment = kind->second;
  auto watcher = child_watcher::make(how, cord, [](const output_line&) {});
  if (!watcher) {
    std::fprintf(stderr, "host: %s\n", describe(watcher.error()).c_str());
    return 1;
  }
  std::vector<std::unique_ptr<child_process>> children;
  for (uint32_t i = 0; i < slots; i += 2) {
    process_settings child;
    child.name = "child-" + std::to_string(i);
    child.command = {argv[3], argv[2], std::to_string(i)};
    child.output = process_output::null;
    children.push_back((*watcher)->start(std::move(child), {}));
  }
  for (;;)
    ::pause();
}
