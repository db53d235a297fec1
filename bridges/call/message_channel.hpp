// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace rr {

/// What a channel's owner hears of it. All are called on the channel's
/// own thread, one at a time; they must neither block nor throw, nor end the
/// channel, but for `batch_ended` as told below. Views are valid during the
/// call.
struct channel_listener {
  /// A payload, and the identity of its sender; empty where the transport
  /// names nobody. Takes one place of the window.
  std::function<void(std::string_view sender,
                     std::span<const std::byte> payload)>
    received;
  /// A message that is not one identity and one payload, and what is wrong
  /// with it. Takes one place of the window.
  std::function<void(std::string_view why)> malformed;
  /// The payload of that ticket was accepted, but could not leave in time.
  std::function<void(uint64_t ticket)> unsent;
  /// All payloads are handed over that had arrived together; may be empty.
  std::function<void()> batch_ended = {};
  /// Called once before all others, by a channel that may be ended, too, on its
  /// own thread: by an owner that runs there while `batch_ended` does; may be
  /// empty.
  std::function<void()> owner_may_run = {};
};

/// Counters of a channel since its start.
struct channel_counters {
  uint64_t sent = 0;
  uint64_t received = 0;
  /// Messages that were not one identity and one payload.
  uint64_t malformed = 0;
  /// Payloads that could not leave within the send time-out.
  uint64_t unsent = 0;
  /// Sockets that were given up for it, and made anew.
  uint64_t reopened = 0;
};

/// What a remote-call client or service speaks through: payloads go out to a
/// named recipient and come in from a named sender, in order per peer.
///
/// Receiving is bounded by a window: the channel hands over so many payloads,
/// and no more until some are released. What lies beyond waits in the socket.
///
/// Its end drops what has not left within the transport's linger period, and
/// joins the thread, unless it is the thread: no listener is called afterwards.
class message_channel {
public:
  /// By what a payload finds its recipient.
  enum class addressing {
    /// The recipient's identity; answers come back.
    identity,
    /// The recipient is a topic for whoever subscribes to it; nothing comes
    /// back.
    topic,
    /// There is one recipient only; answers come back, from nobody by name.
    single_peer,
  };

  message_channel() = default;
  message_channel(const message_channel&) = delete;
  message_channel& operator=(const message_channel&) = delete;
  virtual ~message_channel();

  /// Sends from the calling thread, any one, and never blocks. What the
  /// transport cannot take at once waits for as long as the send time-out;
  /// then it is `unsent`.
  /// @param ticket named in `unsent`.
  /// @param more whether the caller sends again at once, or calls `flush`: what
  ///        is the same for many sends is done for the last one only.
  /// @returns `ec::overloaded` when too much waits already, or the time-out is
  ///          zero; `ec::system_error` when the transport refuses.
  virtual caf::error send(std::string_view recipient,
                          std::span<const std::byte> payload,
                          uint64_t ticket = 0, bool more = false)
    = 0;

  /// Ends a series of sends with `more`. Without it, what comes in may not be
  /// noticed. From any thread.
  virtual void flush();

  /// Gives places of the window back. From any thread.
  virtual void release(size_t places) = 0;

  virtual addressing addressed_by() const noexcept = 0;

  /// From any thread.
  virtual channel_counters counters() const = 0;
};

/// Opens a channel that reports to the listener.
using channel_opener
  = std::function<caf::expected<std::unique_ptr<message_channel>>(
    channel_listener)>;

} // namespace rr
