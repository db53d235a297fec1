// SPDX-License-Identifier: BSD-3-Clause
// How a connection answers requests.
#include <algorithm>
#include <array>

#include <boost/asio/write.hpp>

#include "bridges/web/web_connection.hpp"
#include "bridges/web/web_page.hpp"
#include "messages/json.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

namespace http = beast::http;
using namespace std::chrono_literals;

/// How long a client may still say something that nobody hears.
constexpr auto drain_time = 1s;

/// Bytes of a file that are read at once.
constexpr size_t part_size = 64 * 1024;

/// Longest reason of a stop, in bytes: it becomes a log event.
constexpr size_t max_reason = 1024;

constexpr std::string_view json_type = "application/json";

/// What a body says of why the robot is to stop; whatever it says, it stops.
std::string reason_in(const std::string& body, const std::string& name) {
  auto shallow = [](int depth, json::parse_event_t, json&) {
    return depth < 8;
  };
  auto said = json::parse(body, shallow, false);
  std::string result = said.is_discarded() ? visible_text(body, max_reason)
                                           : std::string{};
  if (said.is_object() && said.contains("reason")) {
    const auto& reason = said["reason"];
    result = reason.is_string() ? reason.get<std::string>() : reason.dump();
  }
  if (result.empty())
    result = "the page, by " + name;
  return std::string{utf8_prefix(result, max_reason)};
}

bool has_tag(const http_request& request, std::string_view tag) {
  auto field = request[http::field::if_none_match];
  std::string_view tags{field.data(), field.size()};
  return tags == "*" || tags.find(tag) != tags.npos;
}

} // namespace

/// Before anything else that waits on any connection.
void web_connection::stop_robot() {
  auto reason = reason_in(reader_.get().body(), name_);
  auto latency = core_.settings.stop(reason, quiet_since_);
  web_reply reply;
  reply.content_type = json_type;
  respond(std::move(reply), json{{"signal_latency_us", latency}}.dump() + '\n');
}

void web_connection::answer() {
  const auto& request = reader_.get();
  auto path = path_of(request);
  constexpr std::string_view records = "/records/";
  if (request.method() != http::verb::get)
    return refuse(404);
  if (path == "/")
    return is_link_ || !query_value(request, "token").empty() ? answer_link()
                                                              : answer_page();
  const auto& owner = core_.settings.owner;
  if (path == "/status" && owner.status)
    return answer_from(owner.status);
  if (path == "/metrics" && owner.metrics)
    return answer_from(owner.metrics);
  if (path.starts_with(records) && !core_.settings.records.empty())
    return answer_record(path.substr(records.size()));
  refuse(404);
}

void web_connection::answer_page() {
  const auto& request = reader_.get();
  const auto& page = built_in_page();
  auto is_packed = accepts_gzip(request);
  auto text = is_packed ? page.gzip : page.html;
  auto tag = is_packed ? page.gzip_tag : page.tag;
  web_reply reply;
  reply.content_type = "text/html; charset=utf-8";
  reply.policy = page.policy;
  reply.caching = "no-cache";
  reply.fields = "Vary: Accept-Encoding\r\nETag: " + std::string{tag} + "\r\n";
  if (has_tag(request, tag)) {
    reply.status = 304;
    return respond(std::move(reply), body{});
  }
  if (is_packed)
    reply.fields += "Content-Encoding: gzip\r\n";
  respond(std::move(reply), std::string{text});
}

/// The link with the token: the address that stays in the browser has none.
void web_connection::answer_link() {
  web_reply reply;
  reply.status = 303;
  reply.fields = "Location: /\r\n";
  if (is_link_ || core_.access.is_token(query_value(reader_.get(), "token")))
    reply.fields += "Set-Cookie: " + core_.access.cookie() + "\r\n";
  respond(std::move(reply), refusal_text(303));
}

void web_connection::answer_from(const web_source& source) {
  auto done = later(&web_connection::respond_with);
  source([done](web_answer made) { done(std::move(made)); });
}

void web_connection::respond_with(web_answer made) {
  web_reply reply;
  reply.status = made.status;
  reply.content_type = made.content_type;
  respond(std::move(reply), std::move(made.body));
}

void web_connection::answer_record(std::string_view name) {
  if (!is_record_name(name))
    return refuse(404);
  auto done = later(&web_connection::on_record);
  auto job = [done, folder = core_.settings.records, file = std::string{name}] {
    auto opened = open_record(folder, file);
    done(opened ? std::make_shared<web_record>(std::move(*opened)) : nullptr);
  };
  if (!core_.settings.workers || !core_.settings.workers->submit(job))
    refuse(503);
}

void web_connection::on_record(std::shared_ptr<web_record> opened) {
  if (!opened)
    return refuse(404);
  record_ = std::move(opened);
  left_ = record_->size;
  web_reply reply;
  reply.content_type = "application/octet-stream";
  reply.length = left_;
  reply.keep_alive = keep_alive_;
  reply.fields = "Content-Disposition: attachment\r\n";
  write(head_of(reply, std::chrono::system_clock::now()), {});
}

/// The next part of a file, which a worker reads.
void web_connection::read_on() {
  phase_ = phase::waiting;
  deadline_ = clock::now() + core_.settings.limits.answer_time;
  auto done = later(&web_connection::on_part);
  auto size = static_cast<size_t>(std::min<uint64_t>(part_size, left_));
  auto job = [done, record = record_, size] {
    done(read_record(*record, size));
  };
  // Too late for a refusal: what has been promised does not come.
  if (!core_.settings.workers->submit(job))
    close();
}

void web_connection::on_part(std::string part) {
  if (part.empty())
    return close();
  left_ -= part.size();
  write({}, std::make_shared<const std::string>(std::move(part)));
}

void web_connection::refuse(unsigned status) {
  // In the middle of an answer there is nothing left to say.
  if (record_)
    return close();
  core_.count.refused += status == 404 || status == 503 ? 0 : 1;
  web_reply reply;
  reply.status = status;
  if (status == 401)
    reply.fields = "WWW-Authenticate: Bearer realm=\"robot\"\r\n";
  if (status == 429 || status == 503)
    reply.fields = "Retry-After: 1\r\n";
  auto text = refusal_text(status);
  if (status == 401)
    text += "`robot-runtime token` prints the link to this page.\n";
  respond(std::move(reply), std::move(text));
}

void web_connection::respond(web_reply reply, std::string text) {
  respond(std::move(reply),
          std::make_shared<const std::string>(std::move(text)));
}

void web_connection::respond(web_reply reply, body text) {
  keep_alive_ = keep_alive_ && !core_.is_ending;
  reply.keep_alive = keep_alive_;
  reply.length = text ? text->size() : 0;
  if (reader_.has_header() && reader_.get().method() == http::verb::head)
    text.reset();
  write(head_of(reply, std::chrono::system_clock::now()), std::move(text));
}

void web_connection::write(std::string head, body text) {
  phase_ = phase::writing;
  deadline_ = clock::now() + core_.settings.limits.write_time;
  head_ = std::move(head);
  body_ = std::move(text);
  std::array<net::const_buffer, 2> all{
    net::buffer(head_), body_ ? net::buffer(*body_) : net::const_buffer{}};
  net::async_write(*stream_, all,
                   [self = shared_from_this()](beast::error_code failed,
                                               size_t) {
                     self->on_written(failed);
                   });
}

void web_connection::on_written(beast::error_code failed) {
  if (failed || phase_ != phase::writing)
    return close();
  quiet_since_ = clock::now();
  body_.reset();
  if (record_ && left_ != 0)
    return read_on();
  record_.reset();
  if (!keep_alive_ || core_.is_ending)
    return drain();
  phase_ = phase::reading;
  is_judged_ = false;
  is_link_ = false;
  reader_.begin_anew();
  deadline_ = quiet_since_ + core_.settings.limits.idle;
  if (buffer_.empty())
    return read();
  // What was sent without waiting for the answer has its turn like others.
  core_.turns.push_back([self = weak_from_this()] {
    if (auto alive = self.lock())
      alive->go_on();
  });
}

/// Closed at once, with something unread, the last answer would be lost.
void web_connection::drain() {
  phase_ = phase::draining;
  deadline_ = clock::now() + drain_time;
  stream_->shutdown();
  read();
}

} // namespace rr
