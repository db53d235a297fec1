// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rr {

/// A message of a WebSocket.
struct web_message {
  /// UTF-8 of a text, bytes of a binary message.
  std::string payload;
  bool is_text = true;
};

/// What is said over one WebSocket, without the socket. The server asks for
/// what is to be sent whenever the last message has left: a client that reads
/// slowly is asked for seldom, and gets the latest.
///
/// All of it is called by the server's thread, and must not block.
class web_conversation {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  virtual ~web_conversation() = default;

  /// Whether a message is to be taken before all that waits on any connection:
  /// an order to stop. It is asked of each as it has been read; it must look at
  /// the text alone, and may be wrong about one that is no such order.
  virtual bool is_urgent(std::string_view, bool) const {
    return false;
  }

  /// Takes a message of the client, whose text is valid UTF-8.
  /// @returns false when the client has said so much that makes no sense that
  ///          the connection is to be closed.
  virtual bool take(std::string_view message, bool is_text, time_point now) = 0;

  /// What is to be sent now; none when there is nothing.
  virtual std::optional<web_message> next(time_point now) = 0;

  /// When to ask again although nobody wakes the conversation; none for never.
  virtual std::optional<time_point> deadline() const = 0;

  /// Whether more waits than it keeps of what must not be left out: the client
  /// has stopped reading, and the connection is to be closed.
  virtual bool is_overrun() const = 0;
};

/// A client, as far as a conversation is to know it.
struct web_client {
  /// Different for each connection of this run: `web:PEER:PORT`.
  std::string name;
  /// Has the server ask for what is to be sent. For any thread, and may outlive
  /// the connection.
  std::function<void()> wake;
  /// Counts a message that makes no sense. For the server's thread, as long as
  /// the conversation lasts; may be empty.
  std::function<void()> count_malformed = {};
};

/// A subprotocol that the server speaks.
struct web_protocol {
  /// As in `Sec-WebSocket-Protocol`.
  std::string name;
  /// The only path that it is spoken on; empty for any.
  std::string path;
  /// Called by the server's thread for each client.
  std::function<std::unique_ptr<web_conversation>(web_client)> begin;
  /// Whether it only reads, and is for tools: a client that names the token in
  /// its address, `?token=TOKEN`, is let in wherever it comes from. Tools are
  /// pages of other origins, and can send neither headers nor this server's
  /// cookie; a page that was not told the token does not know it.
  bool is_for_tools = false;
};

} // namespace rr
