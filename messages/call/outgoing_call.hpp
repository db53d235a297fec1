// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include "messages/call/remote_call.hpp"
#include "messages/fwd.hpp"

namespace rr {

/// Whoever waits for the answer of one call. It is told exactly once: when
/// nobody has said anything by its end, then that the client has ended.
class pending_answer {
public:
  using function = std::function<void(caf::expected<json>)>;

  explicit pending_answer(function on_answer);

  pending_answer(const pending_answer&) = delete;
  pending_answer& operator=(const pending_answer&) = delete;

  ~pending_answer();

  /// Only the first answer counts.
  void tell(caf::expected<json> answer);

private:
  function on_answer_;
};

/// Order: make a call for someone who is no actor. It never leaves this
/// process.
struct outgoing_call {
  std::string service;
  std::string method;
  /// An array.
  json args;
  caf::timespan timeout;
  /// Null for a notification.
  std::shared_ptr<pending_answer> answer;
};

} // namespace rr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::outgoing_call)
