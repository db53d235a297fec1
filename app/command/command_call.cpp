// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"

namespace rr {

namespace {

int call(const command_arguments& given) {
  const auto& words = given.positional();
  if (words.empty())
    return usage_error("call: no method");
  single_call call{.method = words[0],
                   .service = given.get("address").value_or(broker_identity),
                   .is_notification = given.get("notification").has_value()};
  for (size_t i = 1; i < words.size(); ++i) {
    auto value = json::parse(words[i], nullptr, false);
    if (value.is_discarded())
      return usage_error("call: " + words[i]
                         + " is not JSON; a text is written '\"" + words[i]
                         + "\"'");
    call.args.push_back(std::move(value));
  }
  return call_and_print(given, call, call.is_notification ? nullptr : as_line);
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
