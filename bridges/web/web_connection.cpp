// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_connection.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace rr {

namespace {

namespace http = beast::http;

/// The protocol that is spoken with a client; null for none.
const web_protocol* choose(const std::vector<web_protocol>& known,
                           const http_request& request) {
  auto path = path_of(request);
  for (const auto& offered :
       http::token_list{request[http::field::sec_websocket_protocol]})
    for (const auto& each : known)
      if (each.name == std::string_view{offered.data(), offered.size()}
          && (each.path.empty() || each.path == path))
        return &each;
  return nullptr;
}

} // namespace

web_connection::web_connection(web_core& core,
                               std::shared_ptr<web_stream> stream,
                               std::shared_ptr<web_peer> peer, std::string name)
  : core_(core),
    stream_(std::move(stream)),
    peer_(std::move(peer)),
    name_(std::move(name)),
    reader_(core.settings.limits.header, core.settings.limits.body),
    quiet_since_(clock::now()) {
  ++peer_->connections;
  ++core_.count.connections;
}

web_connection::~web_connection() {
  close();
}

void web_connection::begin() {
  deadline_ = quiet_since_ + core_.settings.limits.idle;
  read();
}

void web_connection::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  --peer_->connections;
  --core_.count.connections;
  deadline_.reset();
  if (socket_)
    socket_->close();
  stream_->close();
}

void web_connection::end() {
  if (socket_)
    socket_->end();
  else if (phase_ != phase::writing)
    close();
}

std::optional<web_connection::time_point> web_connection::deadline() const {
  return socket_ && phase_ == phase::upgraded ? socket_->deadline() : deadline_;
}

void web_connection::look(time_point now) {
  if (phase_ == phase::upgraded) {
    socket_->look(now);
    if (socket_->is_closed())
      close();
    return;
  }
  if (!deadline_ || now < *deadline_)
    return;
  if (phase_ == phase::draining)
    return close();
  if (phase_ == phase::waiting)
    return refuse(503);
  auto is_slow = phase_ == phase::writing || reader_.has_begun();
  core_.count.slow += is_slow ? 1 : 0;
  if (phase_ == phase::writing || !reader_.has_begun())
    return close();
  keep_alive_ = false;
  refuse(408);
}

void web_connection::read() {
  stream_->async_read_some(net::buffer(chunk_),
                           [self = shared_from_this()](beast::error_code failed,
                                                       size_t bytes) {
                             self->on_read(failed, bytes);
                           });
}

void web_connection::on_read(beast::error_code failed, size_t bytes) {
  if (phase_ == phase::draining && !failed)
    return read();
  if (failed || phase_ != phase::reading)
    return close();
  quiet_since_ = clock::now();
  buffer_.append(chunk_.data(), bytes);
  go_on();
}

/// With what has come so far.
void web_connection::go_on() {
  if (phase_ != phase::reading)
    return;
  auto had_begun = reader_.has_begun();
  auto had_header = reader_.has_header();
  auto fault = reader_.take(buffer_);
  if (fault == 0 && reader_.has_header() && !is_judged_)
    fault = judge();
  if (fault != 0) {
    keep_alive_ = false;
    return refuse(fault);
  }
  if (reader_.is_done())
    return take_request();
  const auto& limits = core_.settings.limits;
  if (reader_.has_header() && !had_header) {
    deadline_ = quiet_since_ + limits.body_time;
    return ask_for_body();
  }
  if (reader_.has_begun() && !had_begun)
    deadline_ = quiet_since_ + limits.header_time;
  read();
}

/// Whether its sender may say that at all, before the body is waited for.
unsigned web_connection::judge() {
  is_judged_ = true;
  ++core_.count.requests;
  const auto& request = reader_.get();
  keep_alive_ = request.keep_alive();
  std::string cookies;
  switch (core_.access.judge(credentials_of(request, cookies))) {
    case web_access::verdict::granted:
      break;
    case web_access::verdict::no_host:
      return 400;
    case web_access::verdict::other_host:
      return 403;
    case web_access::verdict::other_origin:
      if (!is_tool(request))
        return 403;
      break;
    case web_access::verdict::no_token:
      if (is_tool(request))
        break;
      is_link_ = request.method() == http::verb::get && path_of(request) == "/"
                 && core_.access.is_token(query_value(request, "token"));
      if (!is_link_)
        return 401;
  }
  // Of what has no use for a body, one is taken for a part of the next request
  // by some.
  auto has_body = request.chunked()
                  || (request.count(http::field::content_length) != 0
                      && request[http::field::content_length] != "0");
  return has_body && !is_stop(request) ? 400 : 0;
}

void web_connection::ask_for_body() {
  if (!beast::iequals(reader_.get()[http::field::expect], "100-continue"))
    return read();
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(*stream_, net::buffer(text.data(), text.size()),
                   [self = shared_from_this()](beast::error_code failed,
                                               size_t) {
                     if (failed || self->phase_ != phase::reading)
                       return self->close();
                     self->read();
                   });
}

bool web_connection::is_stop(const http_request& request) const {
  return request.method() == http::verb::post && path_of(request) == "/estop";
}

/// See `web_protocol::is_for_tools`.
bool web_connection::is_tool(const http_request& request) const {
  if (!beast::websocket::is_upgrade(request))
    return false;
  const auto* protocol = choose(core_.settings.protocols, request);
  return protocol != nullptr && protocol->is_for_tools
         && core_.access.is_token(query_value(request, "token"));
}

/// A stop is obeyed here and now, and everything else in its turn.
void web_connection::take_request() {
  const auto& request = reader_.get();
  ++number_;
  if (is_stop(request))
    return stop_robot();
  if (!peer_->requests.take(quiet_since_))
    return refuse(429);
  if (beast::websocket::is_upgrade(request))
    return upgrade(request);
  phase_ = phase::waiting;
  deadline_ = quiet_since_ + core_.settings.limits.answer_time;
  core_.turns.push_back([self = weak_from_this(), number = number_] {
    auto alive = self.lock();
    if (alive && alive->phase_ == phase::waiting && alive->number_ == number)
      alive->answer();
  });
}

void web_connection::upgrade(const http_request& request) {
  const auto& limits = core_.settings.limits;
  auto protocol = choose(core_.settings.protocols, request);
  keep_alive_ = false;
  if (protocol == nullptr)
    return refuse(404);
  // What was sent before the answer is no part of the WebSocket.
  if (!buffer_.empty() || !has_handshake_key(request))
    return refuse(400);
  if (core_.is_ending || core_.count.websockets >= limits.websockets
      || peer_->websockets >= limits.websockets_of_peer)
    return refuse(503);
  phase_ = phase::upgraded;
  deadline_.reset();
  socket_ = std::make_shared<web_socket>(core_, stream_, *protocol, name_,
                                         peer_);
  socket_->begin(request);
}

} // namespace rr
