// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/runtime/status_text.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

int tell_status(const command_arguments& given) {
  auto until = std::chrono::steady_clock::now() + given.timeout();
  auto result = call_once(given.opts(), {broker_identity, "status",
                                         json::array(), given.timeout()});
  if (!result)
    return run_time_error(result.error());
  auto text = given.as_json() ? as_line(*result) : status_as_text(*result);
  return print(text, {.until = until});
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
