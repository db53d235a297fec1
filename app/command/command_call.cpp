// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

int call(const command_arguments& given) {
  const auto& words = given.positional();
  if (words.empty())
    return usage_error("call: no method");
  auto until = std::chrono::steady_clock::now() + given.timeout();
  single_call call{given.get("address").value_or(broker_identity), words[0],
                   json::array(), given.timeout()};
  for (size_t i = 1; i < words.size(); ++i) {
    auto value = json::parse(words[i], nullptr, false);
    if (value.is_discarded())
      return usage_error("call: " + words[i]
                         + " is not JSON; a text is written '\"" + words[i]
                         + "\"'");
    call.args.push_back(std::move(value));
  }
  if (given.get("notification")) {
    auto failed = notify_once(given.opts(), call);
    return failed ? run_time_error(failed) : exit_success;
  }
  auto result = call_once(given.opts(), call);
  if (!result)
    return run_time_error(result.error());
  return print(as_line(*result), {.until = until});
}

} // namespace

command call_command() {
  return {
    .help
    = {.name = "call",
       .arguments = "METHOD [JSON-ARG...]",
       .purpose = "Makes one remote call and prints its result as JSON.",
       .options
       = {{"--address=SERVICE",
           "The service to call; broker-service, the runtime's own."},
          {"--notification", "Sends a notification, which is never answered."},
          timeout_option}},
    .needs = single_call_needs(),
    .function = call};
}

} // namespace rr
