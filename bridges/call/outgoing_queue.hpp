// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>

#include "bridges/call/zmq_channel.hpp"

namespace rr {

/// A message that found the socket full.
struct outgoing {
  std::string recipient;
  std::vector<std::byte> payload;
  uint64_t ticket;
  /// None for one that waits for ever.
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

/// The messages that wait for a channel's socket, in their order. Each waits
/// for the option `SNDTIMEO`, as if it were a blocking send.
class outgoing_queue {
public:
  using clock = std::chrono::steady_clock;

  explicit outgoing_queue(const zmq_channel_settings& settings);

  bool empty() const noexcept {
    return waiting_.empty();
  }

  /// Whether `SNDTIMEO` lets messages wait at all.
  bool may_wait() const noexcept {
    return timeout_.count() != 0;
  }

  const outgoing& front() const noexcept {
    return waiting_.front();
  }

  void pop() {
    waiting_.pop_front();
  }

  /// @returns `ec::overloaded` when too many wait.
  caf::error add(std::string_view recipient, std::span<const std::byte> payload,
                 uint64_t ticket, clock::time_point now);

  /// Milliseconds until the first has waited for too long, as `poll` takes
  /// them: -1 for never.
  int time_left(clock::time_point now) const noexcept;

private:
  std::string address_;
  /// Negative for ever.
  std::chrono::milliseconds timeout_;
  std::deque<outgoing> waiting_;
};

} // namespace rr
