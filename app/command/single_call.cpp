// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/single_call.hpp"

#include <chrono>

#include "app/command/command_output.hpp"
#include "app/config/exit_code.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

option_needs single_call_needs() {
  return {
    {"router.frontend", "client.timeout", "application.runtime-directory"}};
}

caf::expected<json> call_once(const command_arguments& given,
                              const single_call& call) {
  return runtime_connection{given.opts()}.call(call, given.timeout());
}

std::string remote_cause(const caf::error& what) {
  if (what != ec::remote_error)
    return {};
  auto context = to_call_error(what).context;
  auto cause = context.is_object() ? context.find("error") : context.end();
  return cause != context.end() && cause->is_string()
           ? cause->get<std::string>()
           : std::string{};
}

int call_and_print(const command_arguments& given, const single_call& call,
                   std::string (*text_of)(const json& result)) {
  auto until = std::chrono::steady_clock::now() + given.timeout();
  auto result = call_once(given, call);
  if (!result)
    return run_time_error(result.error());
  return text_of ? print(text_of(*result), {.until = until})
                 : int{exit_success};
}

} // namespace rr
