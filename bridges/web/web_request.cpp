// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_request.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace rr {

namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

constexpr std::string_view header_end = "\r\n\r\n";

std::string_view view_of(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

unsigned status_of(http::error what) noexcept {
  switch (what) {
    case http::error::body_limit:
      return 413;
    case http::error::header_limit:
      return 431;
    case http::error::bad_version:
      return 505;
    default:
      return 400;
  }
}

unsigned status_of(const boost::beast::error_code& failed) noexcept {
  if (failed.category()
      != http::make_error_code(http::error::bad_value).category())
    return 400;
  return status_of(static_cast<http::error>(failed.value()));
}

/// As RFC 3986 has it; what is no escape stays.
std::string without_escapes(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t byte = 0;
    auto digits = text.substr(i + 1, 2);
    auto is_escape
      = text[i] == '%' && digits.size() == 2
        && std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr
             == digits.data() + 2;
    result += is_escape ? static_cast<char>(byte) : text[i];
    i += is_escape ? 2 : 0;
  }
  return result;
}

ptrdiff_t count_fields(const http_request& request) {
  return std::distance(request.begin(), request.end());
}

} // namespace

bool is_ambiguous(std::string_view header) noexcept {
  for (size_t i = 0; i < header.size(); ++i) {
    auto c = static_cast<unsigned char>(header[i]);
    auto next = i + 1 < header.size() ? header[i + 1] : '\n';
    if (c == '\n') {
      if (i == 0 || header[i - 1] != '\r')
        return true;
      if (i + 1 < header.size() && (next == ' ' || next == '\t'))
        return true;
    } else if (c == '\r' ? next != '\n' : (c < 0x20 && c != '\t') || c == 127) {
      return true;
    }
  }
  return false;
}

web_request_reader::web_request_reader(size_t max_header, size_t max_body)
  : max_header_(max_header),
    max_body_(max_body) {
}

void web_request_reader::begin_anew() {
  parser_.reset();
  searched_ = 0;
  has_begun_ = false;
}

bool web_request_reader::has_header() const {
  return parser_ && parser_->is_header_done();
}

bool web_request_reader::is_done() const {
  return parser_ && parser_->is_done();
}

const http_request& web_request_reader::get() const {
  return parser_->get();
}

unsigned web_request_reader::take(std::string& buffer) {
  if (!parser_)
    return take_header(buffer);
  return feed(buffer);
}

unsigned web_request_reader::take_header(std::string& buffer) {
  // Some clients end a body with empty lines that are none of it.
  while (searched_ == 0 && buffer.starts_with("\r\n"))
    buffer.erase(0, 2);
  has_begun_ = !buffer.empty();
  auto end = buffer.find(header_end, searched_);
  auto size = end == buffer.npos ? buffer.size() : end + header_end.size();
  if (size > max_header_)
    return 431;
  if (is_ambiguous(std::string_view{buffer}.substr(0, size)))
    return 400;
  if (end == buffer.npos) {
    searched_ = std::max(size, header_end.size() - 1) - (header_end.size() - 1);
    return 0;
  }
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(max_header_));
  parser_->body_limit(max_body_);
  boost::beast::error_code failed;
  auto used = parser_->put(boost::asio::buffer(buffer.data(), size), failed);
  if (failed && failed != http::error::need_more)
    return status_of(failed);
  buffer.erase(0, used);
  if (!parser_->is_header_done())
    return 400;
  if (auto fault = header_fault(parser_->get()); fault != 0)
    return fault;
  fields_ = count_fields(parser_->get());
  parser_->eager(true);
  return feed(buffer);
}

unsigned web_request_reader::feed(std::string& buffer) {
  while (!parser_->is_done() && !buffer.empty()) {
    boost::beast::error_code failed;
    auto used = parser_->put(boost::asio::buffer(buffer), failed);
    buffer.erase(0, used);
    if (failed == http::error::need_more || (!failed && used == 0))
      break;
    if (failed)
      return status_of(failed);
  }
  // Fields behind a body become the head's, which may have been judged before.
  if (count_fields(parser_->get()) != fields_)
    return 400;
  // A chunk's own line, or what follows the last one.
  return buffer.size() > max_header_ && !parser_->is_done() ? 400 : 0;
}

unsigned header_fault(const http_request& request) {
  if (request.version() != 11 && request.version() != 10)
    return 505;
  if (request.count(http::field::host) > 1
      || request.count(http::field::origin) > 1
      || request.count(http::field::authorization) > 1
      || request.count(http::field::content_length) > 1
      || request.count(http::field::transfer_encoding) > 1)
    return 400;
  // A list of lengths is one for some.
  auto length = request.find(http::field::content_length);
  if (length != request.end()
      && (length->value().empty()
          || length->value().find_first_not_of("0123456789")
               != boost::beast::string_view::npos))
    return 400;
  auto coding = request.find(http::field::transfer_encoding);
  auto is_odd = coding != request.end()
                && (!iequals(coding->value(), "chunked")
                    || length != request.end() || request.version() == 10);
  return is_odd ? 400 : 0;
}

bool has_handshake_key(const http_request& request) {
  auto key = view_of(request[http::field::sec_websocket_key]);
  constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return request.count(http::field::sec_websocket_key) == 1 && key.size() == 24
         && key.ends_with("==") && key.find_first_not_of(digits) == 22;
}

web_credentials credentials_of(const http_request& request,
                               std::string& cookies) {
  web_credentials result;
  result.host = view_of(request[http::field::host]);
  if (auto i = request.find(http::field::origin); i != request.end())
    result.origin = view_of(i->value());
  result.authorization = view_of(request[http::field::authorization]);
  for (const auto& each : request)
    if (each.name() == http::field::cookie)
      (cookies += view_of(each.value())) += ';';
  result.cookies = cookies;
  return result;
}

std::string_view path_of(const http_request& request) {
  auto target = view_of(request.target());
  return target.substr(0, target.find('?'));
}

std::string query_value(const http_request& request, std::string_view name) {
  auto target = view_of(request.target());
  auto rest = target.substr(std::min(target.find('?'), target.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    auto pair = rest.substr(0, rest.find('&'));
    auto equals = pair.find('=');
    if (equals != pair.npos && pair.substr(0, equals) == name)
      return without_escapes(pair.substr(equals + 1));
    rest.remove_prefix(pair.size());
  }
  return {};
}

bool accepts_gzip(const http_request& request) {
  for (const auto& each :
       http::ext_list{request[http::field::accept_encoding]}) {
    if (!iequals(each.first, "gzip"))
      continue;
    for (const auto& parameter : each.second)
      if (parameter.first == "q")
        return parameter.second.find_first_not_of("0.")
               != boost::beast::string_view::npos;
    return true;
  }
  return false;
}

} // namespace rr
