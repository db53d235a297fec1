// SPDX-License-Identifier: BSD-3-Clause

// Requests as anybody may send them to the robot's page: what is taken of them
// does not depend on how they are cut into packets, and nobody is let in whom
// the bytes themselves do not let in.

#include "bridges/web/web_request.hpp"

#include <algorithm>
#include <set>

#include "bridges/web/web_record.hpp"
#include "bridges/web/web_server.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

namespace http = boost::beast::http;
using verdict = web_access::verdict;

constexpr std::string_view token = "0123456789abcdefghijABCDEFGHIJ_-";

/// A server, and by which names its clients may call it.
struct known_server {
  web_access access;
  std::set<std::string> names;
};

web_access access_of(const char* address, std::string_view secret) {
  web_access::machine own;
  own.has_address = [](std::string_view host) {
    return host == "192.168.1.5" || host == "[fd00::5]";
  };
  own.name = "rover";
  return {*parse_web_address(address), std::string{secret}, std::move(own)};
}

const std::vector<known_server>& servers() {
  static const std::set<std::string> loopback{"localhost", "127.0.0.1",
                                              "[::1]"};
  static const std::set<std::string> all{"localhost", "rover", "rover.local",
                                         "192.168.1.5", "[fd00::5]"};
  static const std::vector<known_server> result{
    {access_of("http://127.0.0.1:8080", {}), loopback},
    {access_of("http://127.0.0.1:8080", token), loopback},
    {access_of("http://0.0.0.0:8080", token), all},
    {access_of("https://0.0.0.0:443", token), all}};
  return result;
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

/// Whether that is the server's name, with its port where that is not usual.
bool names_server(const known_server& server, std::string_view host) {
  const auto& address = server.access.address();
  auto text = lower(host);
  return std::ranges::any_of(server.names, [&](const std::string& name) {
    if (!text.starts_with(name))
      return false;
    auto rest = text.substr(name.size());
    if (rest.empty())
      return address.port == (address.secure ? 443 : 80);
    auto digits = rest.find_first_not_of('0', 1);
    return rest[0] == ':' && digits != rest.npos
           && rest.substr(digits) == std::to_string(address.port);
  });
}

void check_verdict(const known_server& server, const web_credentials& given,
                   std::string_view text) {
  auto found = server.access.judge(given);
  if (found == verdict::no_host || found == verdict::other_host)
    return;
  require(names_server(server, given.host), "a host is the server's own");
  if (found == verdict::other_origin)
    return;
  auto scheme = std::string{server.access.address().scheme()} + "://";
  require(!given.origin
            || (given.origin->starts_with(scheme)
                && names_server(server, given.origin->substr(scheme.size()))),
          "an origin is the server's own");
  if (found == verdict::granted && server.access.needs_token())
    require(text.find(token) != text.npos, "who is let in has said the token");
}

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 127;
  });
}

std::string_view text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// @param text all that has come.
void check_head(const http_request& request, std::string_view text) {
  require(is_clean(text_of(request.target()))
            && is_clean(text_of(request.method_string())),
          "a line has no control characters");
  for (const auto& each : request)
    require(is_clean(text_of(each.value())), "neither has a field");
  require(request.count(http::field::host) < 2
            && request.count(http::field::content_length)
                   + request.count(http::field::transfer_encoding)
                 < 2,
          "a body has one end, and a request one address");
  std::string cookies;
  auto credentials = credentials_of(request, cookies);
  for (const auto& each : servers())
    check_verdict(each, credentials, text);
  auto path = path_of(request);
  require(path.find('?') == path.npos, "a path has no query");
  if (is_record_name(path.substr(std::min<size_t>(path.size(), 1))))
    require(path.find('/', 1) == path.npos && path.find("/..") == path.npos,
            "a record lies in its folder");
  query_value(request, "token");
  accepts_gzip(request);
  has_handshake_key(request);
}

struct outcome {
  std::vector<std::string> requests;
  bool refused = false;
  friend bool operator==(const outcome&, const outcome&) = default;
};

/// A client's bytes, as its connection reads them.
class connection {
public:
  explicit connection(std::string_view text) : text_(text) {
  }

  /// @param size of the pieces that come at once.
  outcome read(size_t size) {
    for (auto rest = text_; !rest.empty() && !result_.refused;) {
      buffer_.append(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
      while (!result_.refused && take())
        ;
    }
    return std::move(result_);
  }

private:
  /// @returns whether there may be another request.
  bool take() {
    auto status = reader_.take(buffer_);
    result_.refused = status != 0;
    if (status != 0) {
      require(status == 400 || status == 413 || status == 431 || status == 505,
              "a refusal has a status");
      return false;
    }
    if (reader_.has_header() && !std::exchange(is_judged_, true))
      check_head(reader_.get(), text_);
    if (!reader_.is_done())
      return false;
    const auto& request = reader_.get();
    require(request.body().size() <= limits_.body, "a body has its bound");
    result_.requests.push_back(std::string{request.method_string()} + ' '
                               + std::string{request.target()} + ' '
                               + request.body());
    reader_.begin_anew();
    is_judged_ = false;
    return !buffer_.empty();
  }

  const web_limits limits_;
  std::string_view text_;
  std::string buffer_;
  web_request_reader reader_{limits_.header, limits_.body};
  bool is_judged_ = false;
  outcome result_;
};

} // namespace

FUZZ_TARGET(web_request) {
  auto text = fuzz::as_text(bytes);
  auto whole = connection{text}.read(4096);
  // The bounds of longer ones are looked at as they come.
  if (text.size() <= web_limits{}.header)
    for (size_t size : {size_t{1}, size_t{7}})
      require(connection{text}.read(size) == whole,
              "how it is cut does not matter");
}
