// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>

namespace rr {

/// A file of the robot that `robot-runtime init` writes.
struct init_file {
  std::string_view name;
  std::string_view text;
};

/// Those of config/init, which the build puts into the program.
std::span<const init_file> init_files() noexcept;

} // namespace rr
