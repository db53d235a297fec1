// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_socket.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>

namespace rr {

namespace {

namespace http = beast::http;
namespace websocket = beast::websocket;
using namespace std::chrono_literals;

/// What is read ahead of its turn.
constexpr size_t max_inbox = 64;
constexpr size_t max_inbox_bytes = 128 * 1024;

/// How many messages are taken in one turn.
constexpr size_t messages_a_turn = 16;

/// A conversation that says it is late is not asked more often.
constexpr auto least_pause = 1ms;

} // namespace

web_socket::web_socket(web_core& core, std::shared_ptr<web_stream> stream,
                       const web_protocol& protocol, std::string name,
                       std::shared_ptr<web_peer> peer)
  : core_(core),
    stream_(std::move(stream)),
    protocol_(protocol),
    name_(std::move(name)),
    peer_(std::move(peer)),
    ws_(*stream_),
    budget_(core.settings.limits.messages, core.settings.limits.message_burst,
            clock::now()),
    bytes_budget_(core.settings.limits.bytes, core.settings.limits.byte_burst,
                  clock::now()) {
  ++peer_->websockets;
  ++core_.count.websockets;
}

web_socket::~web_socket() {
  close();
}

void web_socket::begin(const http_request& request) {
  const auto& limits = core_.settings.limits;
  websocket::stream_base::timeout times;
  times.handshake_timeout = limits.header_time;
  times.idle_timeout = 2 * limits.ping;
  times.keep_alive_pings = true;
  ws_.set_option(times);
  ws_.set_option(websocket::stream_base::decorator(
    [name = protocol_.name](websocket::response_type& response) {
      response.set(http::field::server, "robot-runtime");
      response.set(http::field::sec_websocket_protocol, name);
    }));
  ws_.read_message_max(limits.message);
  ws_.auto_fragment(false);
  ws_.control_callback(
    [this](websocket::frame_type, beast::string_view) { take_into_account(); });
  ws_.async_accept(request,
                   [self = shared_from_this()](beast::error_code failed) {
                     self->on_accepted(failed);
                   });
}

void web_socket::close() {
  if (is_closed_)
    return;
  is_closed_ = true;
  --peer_->websockets;
  --core_.count.websockets;
  stream_->close();
  // What ends with it may be much.
  inbox_.clear();
  conversation_.reset();
}

void web_socket::on_accepted(beast::error_code failed) {
  if (failed || is_closed_)
    return close();
  auto wake = [woken = woken_, box = core_.mailbox] {
    if (!woken->exchange(true))
      box->wake();
  };
  auto count_malformed = [&count = core_.count.malformed] { ++count; };
  conversation_ = protocol_.begin({"web:" + name_, wake, count_malformed});
  read();
  ask();
}

void web_socket::read() {
  is_reading_ = true;
  ws_.async_read(buffer_,
                 [self = shared_from_this()](beast::error_code failed, size_t) {
                   self->is_reading_ = false;
                   self->on_read(failed);
                 });
}

/// Keeps a message for its turn, but for a stop, which is obeyed here and now,
/// however much its client has said before.
void web_socket::on_read(beast::error_code failed) {
  if (failed || is_closed_)
    return close();
  web_message message{beast::buffers_to_string(buffer_.data()), ws_.got_text()};
  buffer_.consume(buffer_.size());
  // Nobody keeps the room of a large one.
  if (buffer_.capacity() > 8192)
    buffer_.shrink_to_fit();
  ++core_.count.received;
  auto is_urgent = conversation_->is_urgent(message.payload, message.is_text);
  if (is_urgent)
    take(message, clock::now());
  if (take_into_account() && !is_urgent) {
    inbox_bytes_ += message.payload.size();
    inbox_.push_back(std::move(message));
    queue_turn();
  }
  if (!is_closed_ && inbox_.size() < max_inbox
      && inbox_bytes_ < max_inbox_bytes)
    read();
}

/// @returns whether the client may say so much.
bool web_socket::take_into_account() {
  if (budget_.take(clock::now()))
    return true;
  ++core_.count.refused;
  finish(websocket::close_code::policy_error);
  return false;
}

void web_socket::queue_turn() {
  if (std::exchange(has_turn_, true))
    return;
  core_.turns.push_back([self = weak_from_this()] {
    if (auto alive = self.lock())
      alive->take_turn();
  });
}

void web_socket::take_turn() {
  has_turn_ = false;
  auto now = clock::now();
  for (size_t i = 0; i < messages_a_turn && !inbox_.empty() && !is_closed_;
       ++i) {
    auto message = std::move(inbox_.front());
    inbox_.pop_front();
    inbox_bytes_ -= message.payload.size();
    if (!take(message, now))
      return;
  }
  if (is_closed_)
    return;
  if (!inbox_.empty())
    queue_turn();
  if (!is_reading_ && !farewell_)
    read();
}

bool web_socket::take(const web_message& message, time_point now) {
  if (is_closed_ || farewell_)
    return false;
  auto makes_sense = false;
  try {
    makes_sense = conversation_->take(message.payload, message.is_text, now);
  } catch (const std::exception&) {
    // Whatever it was, it is this client's.
  }
  if (!makes_sense)
    finish(websocket::close_code::policy_error);
  else
    ask();
  return makes_sense;
}

void web_socket::look_if_woken() {
  if (woken_->exchange(false))
    ask();
}

std::optional<web_socket::time_point> web_socket::deadline() const {
  auto result = sent_by_;
  if (!conversation_ || is_sending_ || asks_)
    return result;
  if (auto next = conversation_->deadline()) {
    *next = std::max(*next, asked_at_ + least_pause);
    result = result ? std::min(*result, *next) : *next;
  }
  return result;
}

void web_socket::look(time_point now) {
  if (sent_by_ && now >= *sent_by_) {
    ++core_.count.slow;
    return close();
  }
  // Frames without a byte in them make no message, but work.
  auto bytes = stream_->received()
               - std::exchange(bytes_seen_, stream_->received());
  if (bytes != 0 && !bytes_budget_.take(now, static_cast<double>(bytes))) {
    ++core_.count.refused;
    return close();
  }
  if (conversation_ && !is_sending_) {
    auto next = conversation_->deadline();
    if (next && now >= *next)
      ask();
  }
}

/// Has the conversation be asked in its turn.
void web_socket::ask() {
  if (is_closed_ || !conversation_)
    return;
  if (conversation_->is_overrun()) {
    ++core_.count.slow;
    return finish(websocket::close_code::policy_error);
  }
  if (is_sending_ || farewell_ || std::exchange(asks_, true))
    return;
  core_.turns.push_back([self = weak_from_this()] {
    if (auto alive = self.lock())
      alive->send();
  });
}

void web_socket::send() {
  asks_ = false;
  if (is_closed_ || is_sending_ || farewell_)
    return;
  asked_at_ = clock::now();
  std::optional<web_message> next;
  try {
    next = conversation_->next(asked_at_);
  } catch (const std::exception&) {
    return finish(websocket::close_code::internal_error);
  }
  if (!next) {
    if (is_ending_)
      finish(websocket::close_code::going_away);
    return;
  }
  outgoing_ = std::move(*next);
  is_sending_ = true;
  sent_by_ = asked_at_ + core_.settings.limits.write_time;
  ws_.text(outgoing_.is_text);
  ws_.async_write(net::buffer(outgoing_.payload),
                  [self = shared_from_this()](beast::error_code failed,
                                              size_t) {
                    self->on_sent(failed);
                  });
}

void web_socket::on_sent(beast::error_code failed) {
  is_sending_ = false;
  sent_by_.reset();
  outgoing_ = {};
  if (failed || is_closed_)
    return close();
  ++core_.count.sent;
  if (farewell_)
    return say_farewell();
  ask();
}

void web_socket::finish(websocket::close_code why) {
  if (is_closed_ || farewell_)
    return;
  farewell_ = why;
  if (!is_sending_)
    say_farewell();
}

void web_socket::say_farewell() {
  if (std::exchange(is_farewell_said_, true))
    return;
  sent_by_ = clock::now() + 1s;
  ws_.async_close(*farewell_, [self = shared_from_this()](beast::error_code) {
    self->close();
  });
}

/// One that is just being accepted hears of it then.
void web_socket::end() {
  is_ending_ = true;
  ask();
}

} // namespace rr
