// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <caf/expected.hpp>
#include <zmq.hpp>

#include "bridges/call/zmq_channel.hpp"
#include "bridges/zmq/zmq_binding.hpp"

namespace rr {

/// A message as it came: the first two frames, and how many there were.
struct incoming {
  zmq::message_t sender;
  zmq::message_t payload;
  size_t frames = 0;
};

enum class transmission : uint8_t { done, full, refused };
enum class reception : uint8_t { done, nothing, closed };

/// The socket of a channel. It never blocks; for one thread at a time.
class channel_socket {
public:
  /// No socket.
  channel_socket() = default;

  /// Connects, or binds, as the settings say.
  /// @param type `dealer`, `pub` or `sub`.
  /// @returns errors as `connect_dealer` does.
  static caf::expected<channel_socket>
  open(zmq::context_t& context, zmq::socket_type type,
       const zmq_channel_settings& settings);

  explicit operator bool() const noexcept {
    return socket_.handle() != nullptr;
  }

  void reset() noexcept {
    binding_.reset();
    socket_.close();
  }

  /// `ZMQ_POLLIN` and `ZMQ_POLLOUT`, as far as they hold. A look also makes a
  /// publisher take note of subscriptions.
  int events() const noexcept;

  /// Readable by an edge when `events` may have changed.
  int descriptor() const noexcept;

  /// @returns `refused` with the cause in `zmq_errno()`.
  transmission send(std::string_view recipient,
                    std::span<const std::byte> payload) noexcept;

  /// @returns `closed` when the context has ended.
  reception receive(incoming& message);

private:
  caf::error configure(zmq::socket_type type,
                       const zmq_channel_settings& settings);
  caf::error attach(const zmq_channel_settings& settings);

  mutable zmq::socket_t socket_;
  /// Ends before the socket.
  std::unique_ptr<zmq_binding> binding_;
};

} // namespace rr
