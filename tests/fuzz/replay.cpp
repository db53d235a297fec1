// SPDX-License-Identifier: BSD-3-Clause

// Runs a target over every file of a folder, with any compiler: what the fuzzer
// found once stays found.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/target.hpp"

int main(int argc, char** argv) {
  auto* target = argc == 3 ? rr::fuzz::target::find(argv[1]) : nullptr;
  if (!target) {
    std::fprintf(stderr, "usage: %s TARGET FOLDER\n", argv[0]);
    return 2;
  }
  std::error_code problem;
  size_t count = 0;
  for (auto& entry : std::filesystem::directory_iterator{argv[2], problem}) {
    std::ifstream file{entry.path(), std::ios::binary};
    std::vector<char> content{std::istreambuf_iterator<char>{file}, {}};
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);
    target->run(std::as_bytes(std::span{content}));
    ++count;
  }
  std::printf("%zu files\n", count);
  return count > 0 ? 0 : 1;
}
