// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/runtime/status_text.hpp"

namespace rr {

namespace {

int tell_status(const command_arguments& given) {
  return call_and_print(given, {.method = "status"},
                        given.as_json() ? as_line : status_as_text);
}

} // namespace

command status_command() {
  return {.help = {.name = "status",
                   .purpose = "Tells what runs, and what it has done.",
                   .options = {format_option, timeout_option}},
          .needs = single_call_needs(),
          .function = tell_status};
}

} // namespace rr
