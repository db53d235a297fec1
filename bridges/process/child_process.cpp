// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_process.hpp"

namespace rr {

child_process::~child_process() = default;

child_starter::~child_starter() = default;

std::optional<child_usage> child_starter::usage(int32_t) const {
  return std::nullopt;
}

std::string child_starter::containment() const {
  return {};
}

std::string child_starter::memory_bound() const {
  return {};
}

} // namespace rr
