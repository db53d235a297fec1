// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_access.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "messages/address.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr std::string_view space = " \t";

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view x, std::string_view y) noexcept {
  return std::ranges::equal(x, y, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
  auto begin = text.find_first_not_of(space);
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

struct host_and_port {
  std::string_view host;
  std::optional<uint16_t> port;
};

/// Takes `host`, `host:port` and `[IPv6]:port`, and nothing else.
std::optional<host_and_port> split_host(std::string_view text) {
  host_and_port result;
  auto end = text.starts_with('[') ? text.find(']') : text.find(':');
  if (text.starts_with('[') && end == text.npos)
    return {};
  if (text.starts_with('['))
    ++end;
  result.host = text.substr(0, end);
  if (result.host.empty())
    return {};
  auto rest = text.substr(result.host.size());
  if (rest.empty())
    return result;
  uint16_t port = 0;
  auto digits = rest.substr(1);
  auto [last, error] = std::from_chars(digits.data(),
                                       digits.data() + digits.size(), port);
  if (rest.front() != ':' || digits.empty() || error != std::errc{}
      || last != digits.data() + digits.size())
    return {};
  result.port = port;
  return result;
}

/// Whether it is an address rather than a name.
bool is_literal(std::string_view host) {
  in6_addr ignored;
  if (!host.starts_with('['))
    return ::inet_pton(AF_INET, std::string{host}.c_str(), &ignored) == 1;
  std::string inside{host.substr(1, host.size() - 2)};
  return ::inet_pton(AF_INET6, inside.c_str(), &ignored) == 1;
}

} // namespace

caf::expected<web_address> parse_web_address(std::string_view text) {
  web_address result;
  result.secure = text.starts_with("https://");
  if (!result.secure && !text.starts_with("http://"))
    return caf::make_error(ec::malformed,
                           std::string{text} + " is no address of the web");
  auto rest = text.substr(result.secure ? 8 : 7);
  auto parsed = parse_udp_address("udp://" + std::string{rest});
  if (!parsed)
    return std::move(parsed.error());
  result.host = std::move(parsed->host);
  result.port = parsed->port;
  return result;
}

bool is_refused_by_browsers(uint16_t port) noexcept {
  // https://fetch.spec.whatwg.org/#port-blocking, in ascending order.
  constexpr auto blocked = std::to_array<uint16_t>(
    {0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,
     23,   25,   37,   42,   43,   53,   69,   77,   79,   87,   95,   101,
     102,  103,  104,  109,  110,  111,  113,  115,  117,  119,  123,  135,
     137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,
     526,  530,  531,  532,  540,  548,  554,  556,  563,  587,  601,  636,
     989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
     5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080});
  return std::ranges::binary_search(blocked, port);
}

bool is_loopback_host(std::string_view host) noexcept {
  // An interface may have any name.
  return (host.starts_with("127.") && is_literal(host)) || host == "localhost"
         || host == "[::1]";
}

std::string to_string(const web_address& address) {
  return std::string{address.scheme()} + "://" + address.host + ':'
         + std::to_string(address.port);
}

bool equal_in_constant_time(std::string_view given,
                            std::string_view secret) noexcept {
  // How long the secret is, is none.
  if (given.size() != secret.size())
    return false;
  unsigned difference = 0;
  for (size_t i = 0; i < secret.size(); ++i)
    difference |= static_cast<unsigned char>(given[i])
                  ^ static_cast<unsigned char>(secret[i]);
  return difference == 0;
}

web_access::web_access(web_address bound, std::string token, machine own)
  : bound_(std::move(bound)),
    is_loopback_(is_loopback_host(bound_.host)),
    token_(std::move(token)),
    own_(std::move(own)),
    cookie_name_("robot-runtime-" + std::to_string(bound_.port)) {
}

web_access::verdict web_access::judge(const web_credentials& given) const {
  if (given.host.empty())
    return verdict::no_host;
  if (!is_own_host(given.host))
    return verdict::other_host;
  if (given.origin && !is_own_origin(*given.origin))
    return verdict::other_origin;
  return has_token(given) ? verdict::granted : verdict::no_token;
}

bool web_access::is_token(std::string_view text) const noexcept {
  return !token_.empty() && equal_in_constant_time(text, token_);
}

std::string web_access::cookie() const {
  auto result = cookie_name_ + '=' + token_
                + "; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict";
  return bound_.secure ? result + "; Secure" : result;
}

bool web_access::is_own_host(std::string_view host) const {
  auto parts = split_host(host);
  auto usual = static_cast<uint16_t>(bound_.secure ? 443 : 80);
  return parts && parts->port.value_or(usual) == bound_.port
         && is_own_name(parts->host);
}

bool web_access::is_own_name(std::string_view name) const {
  if (is_loopback_)
    return equal_ignoring_case(name, "localhost") || name == "127.0.0.1"
           || name == "[::1]" || name == bound_.host;
  // No address of one machine alone.
  if (name == "0.0.0.0" || name == "[::]")
    return false;
  if (is_literal(name))
    return own_.has_address(name);
  return equal_ignoring_case(name, "localhost")
         || (!own_.name.empty()
             && (equal_ignoring_case(name, own_.name)
                 || equal_ignoring_case(name, own_.name + ".local")));
}

bool web_access::is_own_origin(std::string_view origin) const {
  auto scheme = std::string{bound_.scheme()} + "://";
  return origin.starts_with(scheme)
         && is_own_host(origin.substr(scheme.size()));
}

bool web_access::has_token(const web_credentials& given) const noexcept {
  if (!needs_token())
    return true;
  constexpr std::string_view bearer = "Bearer ";
  if (equal_ignoring_case(given.authorization.substr(0, bearer.size()), bearer)
      && is_token(trimmed(given.authorization.substr(bearer.size()))))
    return true;
  for (auto rest = given.cookies; !rest.empty();) {
    auto end = std::min(rest.find(';'), rest.size());
    auto pair = trimmed(rest.substr(0, end));
    auto equals = pair.find('=');
    if (equals != pair.npos && pair.substr(0, equals) == cookie_name_
        && is_token(pair.substr(equals + 1)))
      return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

} // namespace rr
