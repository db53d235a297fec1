// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "app/commands.hpp"
#include "app/configuration.hpp"

namespace rr {

int command_check(const arguments& args) {
  auto rest = args;
  auto verbose = std::erase(rest, "--verbose") > 0;
  return load_configuration(rest, verbose) ? exit_success : exit_usage;
}

} // namespace rr
