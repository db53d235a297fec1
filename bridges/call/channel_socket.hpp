// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <caf/expected.hpp>
#include <zmq.h>
#include <zmq.hpp>

#include "bridges/call/zmq_channel.hpp"

namespace rr {

/// A message as it came: the first two frames, and how many there were.
struct incoming {
  zmq::message_t sender;
  zmq::message_t payload;
  size_t frames = 0;
};

enum class transmission : uint8_t { done, full, refused };
enum class reception : uint8_t { done, nothing, closed };

/// The connected socket of a channel. It never blocks; for one thread at a
/// time.
class channel_socket {
public:
  /// No socket.
  channel_socket() = default;

  /// @param context of libzmq's C interface.
  /// @param type `ZMQ_DEALER` or `ZMQ_PUB`.
  /// @returns errors as `connect_dealer` does.
  static caf::expected<channel_socket>
  connect(void* context, int type, const zmq_channel_settings& settings);

  explicit operator bool() const noexcept {
    return socket_ != nullptr;
  }

  void reset() noexcept {
    socket_.reset();
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
  struct close_socket {
    void operator()(void* socket) const noexcept {
      zmq_close(socket);
    }
  };

  using socket_ptr = std::unique_ptr<void, close_socket>;

  explicit channel_socket(socket_ptr socket) noexcept
    : socket_(std::move(socket)) {
  }

  socket_ptr socket_;
};

} // namespace rr
