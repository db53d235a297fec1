// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bridges/web/web_core.hpp"
#include "bridges/web/web_record.hpp"
#include "bridges/web/web_reply.hpp"
#include "bridges/web/web_request.hpp"
#include "bridges/web/web_socket.hpp"
#include "bridges/web/web_stream.hpp"

namespace rr {

/// A client. On the server's thread; handlers of what is under way keep it
/// alive.
///
///     reading --> waiting --> writing --> reading
///        |           |           |
///        |           '-----------+--> draining --> closed
///        '--> upgraded --------------------------> closed
class web_connection : public std::enable_shared_from_this<web_connection> {
public:
  using clock = web_core::clock;
  using time_point = clock::time_point;

  /// @param name of the client: `127.0.0.1:4000`.
  /// @param core lives longer.
  web_connection(web_core& core, std::shared_ptr<web_stream> stream,
                 std::shared_ptr<web_peer> peer, std::string name);

  web_connection(const web_connection&) = delete;
  web_connection& operator=(const web_connection&) = delete;
  ~web_connection();

  /// Reads the first request.
  void begin();

  /// At once.
  void close();

  /// Says that the server ends, where anybody hears it.
  void end();

  bool is_closed() const noexcept {
    return phase_ == phase::closed || (socket_ && socket_->is_closed());
  }

  /// Whether it may be closed for the sake of another one.
  bool is_displaceable() const noexcept {
    return phase_ != phase::upgraded && phase_ != phase::closed;
  }

  /// Since when nothing has happened.
  time_point quiet_since() const noexcept {
    return quiet_since_;
  }

  const web_peer& peer() const noexcept {
    return *peer_;
  }

  /// When to call `look` at the latest.
  std::optional<time_point> deadline() const;

  /// What was to happen by now has not.
  void look(time_point now);

  /// Null unless it is a WebSocket.
  web_socket* socket() const noexcept {
    return socket_.get();
  }

private:
  enum class phase : uint8_t {
    reading,
    /// For its turn, or for an answer.
    waiting,
    writing,
    /// Its last answer has left, and what it still says is not heard.
    draining,
    upgraded,
    closed,
  };

  using body = std::shared_ptr<const std::string>;

  // -- a request, in web_connection.cpp
  // ----------------------------------------

  void read();
  void on_read(beast::error_code failed, size_t bytes);
  void go_on();
  unsigned judge();
  void ask_for_body();
  void take_request();
  void upgrade(const http_request& request);

  // -- its answer, in web_answers.cpp
  // ------------------------------------------

  void stop_robot();
  void answer();
  void answer_page();
  void answer_link();
  void answer_from(const web_source& source);
  void respond_with(web_answer made);
  void answer_record(std::string_view name);
  void on_record(std::shared_ptr<web_record> opened);
  void read_on();
  void on_part(std::string part);
  void refuse(unsigned status);
  void respond(web_reply reply, body text);
  void respond(web_reply reply, std::string text);
  void write(std::string head, body text);
  void on_written(beast::error_code failed);
  void drain();

  /// A function for another thread, that has this do something on its own.
  template <class... Ts>
  auto later(void (web_connection::*action)(Ts...)) {
    return [box = core_.mailbox, self = weak_from_this(), action,
            number = number_](Ts... xs) {
      box->post([self, action, number, ... args = std::move(xs)]() mutable {
        auto alive = self.lock();
        if (alive && alive->phase_ == phase::waiting
            && alive->number_ == number)
          ((*alive).*action)(std::move(args)...);
      });
    };
  }

  bool is_tool(const http_request& request) const;
  bool is_stop(const http_request& request) const;

  web_core& core_;
  std::shared_ptr<web_stream> stream_;
  std::shared_ptr<web_peer> peer_;
  std::string name_;
  phase phase_ = phase::reading;
  web_request_reader reader_;
  std::array<char, 4096> chunk_;
  std::string buffer_;
  /// Of the request that is answered.
  uint64_t number_ = 0;
  bool is_judged_ = false;
  bool is_link_ = false;
  bool keep_alive_ = true;
  time_point quiet_since_;
  std::optional<time_point> deadline_;
  std::string head_;
  body body_;
  /// What is still to be sent of it.
  std::shared_ptr<web_record> record_;
  uint64_t left_ = 0;
  std::shared_ptr<web_socket> socket_;
};

} // namespace rr
