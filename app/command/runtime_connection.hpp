// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <caf/timespan.hpp>
#include <zmq.hpp>

#include "app/config/options.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/call/routing.hpp"

namespace rr {

/// One remote call of a command.
struct single_call {
  std::string method;
  json args = json::array();
  /// The identity of the service; the runtime's own where none is named.
  std::string service = broker_identity;
  /// Whether no answer is wanted.
  bool is_notification = false;
};

/// How a command reaches the runtime that its options are of: a DEALER at the
/// first frontend that answers, for one call after the other, on one thread.
class runtime_connection {
public:
  using clock = std::chrono::steady_clock;

  /// Connects with the first call.
  /// @param opts outlive it.
  /// @param interruption a descriptor that ends every wait when it becomes
  ///                     readable; -1 for none. With one, the end of the
  ///                     runtime is noticed, too.
  explicit runtime_connection(const options& opts, int interruption = -1);

  /// @param timeout of all of it, connecting included.
  /// @returns the result; of a notification null once it has left;
  ///          `ec::malformed` for what no service would take; else as
  ///          `call_once`. After an interruption some error.
  caf::expected<json> call(const single_call& what, caf::timespan timeout);

  /// Waits until then, or for an interruption.
  /// @returns `ec::system_error` once the runtime has ended.
  caf::error wait_until(clock::time_point when);

private:
  enum class happening { message, end, interruption, nothing };

  /// A call while it is made.
  struct attempt {
    const single_call& what;
    caf::timespan timeout;
    clock::time_point until;
    uint32_t id;
  };

  caf::expected<std::vector<uint8_t>> payload_of(const attempt& now) const;
  caf::error open(caf::timespan timeout);
  caf::error send(const attempt& now, const std::string& service,
                  const std::vector<uint8_t>& payload);
  caf::expected<json> receive(const attempt& now);
  caf::expected<json> finish(const attempt& now);
  happening wait(clock::time_point until);
  caf::error timed_out(const attempt& now, std::string_view what) const;
  caf::error has_ended() const;

  const options& opts_;
  int interruption_;
  uint32_t last_id_ = 0;
  std::string address_;
  std::unique_ptr<zmq_context> context_;
  zmq::socket_t socket_;
  /// Tells of the end of the connection, where that matters.
  zmq::socket_t monitor_;
};

/// The error of a connection that there is none of, and what to do about it.
caf::error with_advice(const caf::error& what);

} // namespace rr
