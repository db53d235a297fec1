// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "bridges/web/web_access.hpp"

namespace rr {

using http_request
  = boost::beast::http::request<boost::beast::http::string_body>;

/// Reads one request after the other of what comes on a connection.
class web_request_reader {
public:
  web_request_reader(size_t max_header, size_t max_body);

  /// Takes of the buffer what belongs to the request.
  /// @returns the status of the refusal, after which nothing more is to be
  ///          read; 0 while all is well.
  unsigned take(std::string& buffer);

  /// Whether the line and the fields are there.
  bool has_header() const;

  /// Whether all of it is there.
  bool is_done() const;

  /// Whether anything of it is there.
  bool has_begun() const noexcept {
    return has_begun_;
  }

  const http_request& get() const;

  /// For the next one.
  void begin_anew();

private:
  using parser
    = boost::beast::http::request_parser<boost::beast::http::string_body>;

  unsigned take_header(std::string& buffer);
  unsigned feed(std::string& buffer);

  size_t max_header_;
  size_t max_body_;
  /// Where the search for the end of the header goes on.
  size_t searched_ = 0;
  bool has_begun_ = false;
  /// Of the header.
  ptrdiff_t fields_ = 0;
  std::optional<parser> parser_;
};

/// What is wrong with a line and fields that Beast would take, but others read
/// in another way: a line that goes on in the next one, a line feed without its
/// carriage return, a control character.
/// @param header up to and with the empty line, or as much of it as is there.
bool is_ambiguous(std::string_view header) noexcept;

/// What is wrong with the whole of a header that is well formed line by line:
/// the status of the refusal, 0 for nothing.
unsigned header_fault(const http_request& request);

/// Whether a request for a WebSocket has a key of 16 bytes, as base64.
bool has_handshake_key(const http_request& request);

/// @param cookies where they are put together.
web_credentials credentials_of(const http_request& request,
                               std::string& cookies);

/// Up to the `?`.
std::string_view path_of(const http_request& request);

/// The value of a parameter of the query, `%2D` in it being a `-`.
std::string query_value(const http_request& request, std::string_view name);

/// Whether a list such as `Accept-Encoding` has gzip with a weight above 0.
bool accepts_gzip(const http_request& request);

} // namespace rr
