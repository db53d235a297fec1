// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>

#include "bridges/call/channel_socket.hpp"
#include "bridges/call/message_channel.hpp"

namespace rr {

/// Messages that are taken from a socket before any of them is handed over, so
/// that whoever locks the socket does so for a few microseconds at most.
class incoming_batch {
public:
  static constexpr size_t capacity = 32;

  size_t size() const noexcept {
    return size_;
  }

  /// Takes what the socket holds into the empty batch, and counts it.
  /// @param limit up to `capacity`.
  /// @returns what ended it, `done` for the limit.
  reception receive(channel_socket& socket, size_t limit,
                    channel_counters& counters);

  /// Tells the listener of every message, and of the end; empty thereafter.
  void hand_over(const channel_listener& listener);

private:
  std::array<incoming, capacity> messages_;
  size_t size_ = 0;
};

} // namespace rr
