// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "bridges/web/web_conversation.hpp"
#include "bridges/web/web_core.hpp"
#include "bridges/web/web_request.hpp"
#include "bridges/web/web_stream.hpp"

namespace rr {

/// The WebSocket of a connection, and what is said over it. What it reads it
/// keeps until its turn, up to a bound, but for a stop. On the server's thread.
class web_socket : public std::enable_shared_from_this<web_socket> {
public:
  using clock = web_core::clock;
  using time_point = clock::time_point;

  /// @param name of the client: `127.0.0.1:4000`.
  /// @param peer whose WebSockets it counts for.
  web_socket(web_core& core, std::shared_ptr<web_stream> stream,
             const web_protocol& protocol, std::string name,
             std::shared_ptr<web_peer> peer);

  web_socket(const web_socket&) = delete;
  web_socket& operator=(const web_socket&) = delete;
  ~web_socket();

  /// Answers the handshake, and begins the conversation.
  void begin(const http_request& request);

  /// Asks for what is to be sent, if anybody has said that there is something.
  void look_if_woken();

  /// The same, when it is time.
  void look(time_point now);

  std::optional<time_point> deadline() const;

  /// Says why, once what is being sent has left, and closes.
  void finish(boost::beast::websocket::close_code why);

  /// Sends what waits, and closes: the server ends.
  void end();

  void close();

  bool is_closed() const noexcept {
    return is_closed_;
  }

private:
  void on_accepted(beast::error_code failed);
  void read();
  void on_read(beast::error_code failed);
  bool take_into_account();
  void queue_turn();
  void take_turn();
  bool take(const web_message& message, time_point now);
  void ask();
  void send();
  void on_sent(beast::error_code failed);
  void say_farewell();

  web_core& core_;
  std::shared_ptr<web_stream> stream_;
  const web_protocol& protocol_;
  std::string name_;
  std::shared_ptr<web_peer> peer_;
  /// Without compression: nobody sends a kilobyte that becomes a gigabyte.
  boost::beast::websocket::stream<web_stream&, false> ws_;
  beast::flat_buffer buffer_;
  web_budget budget_;
  std::unique_ptr<web_conversation> conversation_;
  std::shared_ptr<std::atomic<bool>> woken_
    = std::make_shared<std::atomic<bool>>(false);
  /// Read, and not yet taken.
  std::deque<web_message> inbox_;
  size_t inbox_bytes_ = 0;
  bool is_reading_ = false;
  bool has_turn_ = false;
  bool asks_ = false;
  bool is_sending_ = false;
  bool is_closed_ = false;
  bool is_ending_ = false;
  std::optional<boost::beast::websocket::close_code> farewell_;
  bool is_farewell_said_ = false;
  web_message outgoing_;
  /// When what is being sent must have left.
  std::optional<time_point> sent_by_;
  /// Not to be asked again before, whatever it says.
  time_point asked_at_;
};

} // namespace rr
