// SPDX-License-Identifier: BSD-3-Clause

// Runs a fuzz target over every file of a folder, with any compiler: what the
// fuzzer found once stays found.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::error_code problem;
  size_t count = 0;
  for (auto& entry : std::filesystem::directory_iterator{argv[1], problem}) {
    std::ifstream file{entry.path(), std::ios::binary};
    std::vector<char> content{std::istreambuf_iterator<char>{file}, {}};
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(content.data()),
                           content.size());
    ++count;
  }
  std::printf("%zu files\n", count);
  return count > 0 ? 0 : 1;
}
