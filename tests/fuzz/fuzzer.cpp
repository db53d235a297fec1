// SPDX-License-Identifier: BSD-3-Clause

// libFuzzer's two functions: all targets are in one program, which is linked
// once, and `--target=NAME` says which is meant. (libFuzzer passes over what
// begins with two dashes, and hands it on to the processes that it starts.)

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/target.hpp"

using rr::fuzz::target;

static const target* chosen = nullptr;

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view form = "--target=";
  for (int i = 1; i < *argc; ++i)
    if (std::string_view word = (*argv)[i]; word.starts_with(form))
      chosen = target::find(word.substr(form.size()));
  if (chosen)
    return 0;
  std::fprintf(stderr, "needs --target=NAME, one of\n");
  for (auto* each = target::first(); each; each = each->next)
    std::fprintf(stderr, "  %.*s\n", static_cast<int>(each->name.size()),
                 each->name.data());
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  chosen->run(std::as_bytes(std::span{data, size}));
  return 0;
}
