// SPDX-License-Identifier: BSD-3-Clause
#include "app/commands.hpp"
#include "app/configuration.hpp"

namespace rr {

int command_check(const arguments& args) {
  return load_configuration(args) ? exit_success : exit_usage;
}

} // namespace rr
