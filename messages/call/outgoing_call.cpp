// SPDX-License-Identifier: BSD-3-Clause
#include "messages/call/outgoing_call.hpp"

#include <utility>

#include "messages/error.hpp"

namespace rr {

pending_answer::pending_answer(function on_answer)
  : on_answer_(std::move(on_answer)) {
}

pending_answer::~pending_answer() {
  try {
    tell(caf::make_error(ec::client_ended, "the client has ended"));
  } catch (...) {
    // The program ends: nobody is left to hear of it.
  }
}

void pending_answer::tell(caf::expected<json> answer) {
  if (auto f = std::exchange(on_answer_, nullptr))
    f(std::move(answer));
}

} // namespace rr
