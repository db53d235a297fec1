// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/single_call.hpp"

#include <chrono>

#include "app/command/command_output.hpp"
#include "app/config/exit_code.hpp"

namespace rr {

option_needs single_call_needs() {
  return {
    {"router.frontend", "client.timeout", "application.runtime-directory"}};
}

caf::expected<json> call_once(const command_arguments& given,
                              const single_call& call) {
  return runtime_connection{given.opts()}.call(call, given.timeout());
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
