// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace rr::fuzz {

namespace {

/// Of all targets, which make themselves known before `main`.
constinit const target* all = nullptr;

} // namespace

target::target(std::string_view its_name, void (*its_run)(input)) noexcept
  : name(its_name),
    run(its_run),
    next(all) {
  all = this;
}

const target* target::first() noexcept {
  return all;
}

const target* target::find(std::string_view name) noexcept {
  auto* result = all;
  while (result && result->name != name)
    result = result->next;
  return result;
}

void require(bool holds, const char* promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

input pieces::take(size_t size) noexcept {
  auto result = rest_.first(std::min(size, rest_.size()));
  rest_ = rest_.subspan(result.size());
  return result;
}

} // namespace rr::fuzz
