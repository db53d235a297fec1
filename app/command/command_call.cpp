// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include "app/command/command_arguments.hpp"
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/routing.hpp"

namespace rr {

int command_call(const arguments& args) {
  auto given = command_arguments::parse(
    args, {"address", "notification!", "timeout"},
    {{"router.frontend", "client.timeout", "application.runtime-directory"}});
  if (!given)
    return exit_usage;
  const auto& words = given->positional();
  if (words.empty())
    return usage_error("call: no method");
  auto timeout = given->timeout();
  if (!timeout)
    return exit_usage;
  auto until = std::chrono::steady_clock::now() + *timeout;
  single_call call{given->get("address").value_or(broker_identity), words[0],
                   json::array(), *timeout};
  for (size_t i = 1; i < words.size(); ++i) {
    auto value = json::parse(words[i], nullptr, false);
    if (value.is_discarded())
      return usage_error("call: " + words[i]
                         + " is not JSON; a text is written '\"" + words[i]
                         + "\"'");
    call.args.push_back(std::move(value));
  }
  if (given->get("notification")) {
    auto failed = notify_once(given->opts(), call);
    return failed ? run_time_error(failed) : exit_success;
  }
  auto result = call_once(given->opts(), call);
  if (!result)
    return run_time_error(result.error());
  return print(as_line(*result), {.until = until});
}

} // namespace rr
