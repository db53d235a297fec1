// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/expected.hpp>

#include "bridges/log_stream/log_receiver.hpp"
#include "bridges/log_stream/log_relay.hpp"

namespace rr {

/// Receives log events, from its making to its end.
class log_subscription {
public:
  /// Takes what has come. No handler is called once it has returned.
  virtual ~log_subscription();

  /// For any thread.
  virtual log_subscriber_status status() const = 0;
};

/// Makes a subscription that reports its failure to the listener.
using log_subscription_factory
  = std::function<caf::expected<std::unique_ptr<log_subscription>>(
    log_failure_listener)>;

/// Receives on a thread of its own, on which the handler is called. A handler
/// that throws is a failure.
/// @returns errors as `log_receiver::connect` does.
caf::expected<std::unique_ptr<log_subscription>>
subscribe_log(zmq::context_t& context, const log_receiver_settings& settings,
              log_event_handler handler, log_failure_listener listener);

} // namespace rr
