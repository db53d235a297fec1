// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include "actors/remote_method.hpp"
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/method_list.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

std::string service_of(const command_arguments& given) {
  return given.get("address").value_or(broker_identity);
}

bool is_unknown_method(const caf::error& what) {
  return what == ec::remote_error
         && to_call_error(what).message.starts_with("no such method");
}

/// Whether a method was refused for the arguments that it was given.
bool is_misused(const caf::error& what) {
  return remote_cause(what).starts_with("takes ");
}

caf::error with_list(const caf::error& what, const std::string& service) {
  return with_next_step(
    what, "robot-runtime call --list"
            + (service == broker_identity ? "" : " --address=" + service)
            + " names what there is, and what each takes");
}

/// A service need not know the question.
int list_methods(const command_arguments& given) {
  if (!given.positional().empty() || given.get("notification"))
    return usage_error("call: --list takes no method and is no notification",
                       "call");
  auto until = std::chrono::steady_clock::now() + given.timeout();
  auto service = service_of(given);
  auto result = call_once(given, {.method = list_method, .service = service});
  if (result)
    return print(method_lines(*result), {.until = until});
  if (is_unknown_method(result.error()))
    return run_time_error(caf::make_error(
      ec::remote_error, service + " does not tell its methods: it has no "
                          + list_method
                          + "; look into its program for what it answers"));
  return run_time_error(result.error());
}

int call(const command_arguments& given) {
  const auto& words = given.positional();
  if (given.get("address") == "")
    return usage_error("--address= names no service", "call");
  if (given.get("list"))
    return list_methods(given);
  if (words.empty())
    return usage_error("call: no method; robot-runtime call --list names them",
                       "call");
  single_call call{.method = words[0],
                   .service = service_of(given),
                   .is_notification = given.get("notification").has_value()};
  for (size_t i = 1; i < words.size(); ++i) {
    auto value = json::parse(words[i], nullptr, false);
    if (value.is_discarded())
      return usage_error("call: " + words[i]
                           + " is not JSON; a text is written '"
                           + json(words[i]).dump() + "'",
                         "call");
    call.args.push_back(std::move(value));
  }
  auto until = std::chrono::steady_clock::now() + given.timeout();
  auto result = call_once(given, call);
  if (!result)
    return run_time_error(is_unknown_method(result.error())
                              || is_misused(result.error())
                            ? with_list(result.error(), call.service)
                            : result.error());
  return call.is_notification ? int{exit_success}
                              : print(as_line(*result), {.until = until});
}

} // namespace

command call_command() {
  return {
    .help
    = {.name = "call",
       .arguments = "METHOD [JSON-ARG...]",
       .purpose = "Makes one remote call and prints its result as JSON.",
       .options
       = {{"--address=SERVICE", "The service to call; broker-service."},
          {"--list", "Lists the service's methods, in place of a call."},
          {"--notification", "Sends a notification, which is never answered."},
          timeout_option},
       .example = "call get_option '\"router_frontend\"'"},
    .needs = single_call_needs(),
    .function = call};
}

} // namespace rr
