// SPDX-License-Identifier: BSD-3-Clause
#include "messages/network_prefix.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr std::array<uint8_t, 12> mapped{0, 0, 0, 0, 0,    0,
                                         0, 0, 0, 0, 0xff, 0xff};

std::span<const uint8_t> unmapped(std::span<const uint8_t> host) noexcept {
  if (host.size() == 16 && std::ranges::equal(host.first(12), mapped))
    return host.subspan(12);
  return host;
}

host_address parse_host(const std::string& text) {
  host_address result(16);
  if (::inet_pton(AF_INET6, text.c_str(), result.data()) == 1)
    return result;
  result.resize(4);
  if (::inet_pton(AF_INET, text.c_str(), result.data()) == 1)
    return result;
  return {};
}

/// Whether the first `length` bits are the same.
bool same_bits(std::span<const uint8_t> x, std::span<const uint8_t> y,
               size_t length) noexcept {
  auto whole = length / 8;
  if (!std::ranges::equal(x.first(whole), y.first(whole)))
    return false;
  auto rest = length % 8;
  auto mask = static_cast<uint8_t>(0xff00u >> rest);
  return rest == 0 || ((x[whole] ^ y[whole]) & mask) == 0;
}

std::string read_prefix(std::string_view text, network_prefix& result) {
  auto slash = text.find('/');
  result.address = parse_host(std::string{text.substr(0, slash)});
  if (result.address.empty())
    return "is no address";
  result.length = result.address.size() * 8;
  if (slash == text.npos)
    return {};
  auto digits = text.substr(slash + 1);
  size_t length = 0;
  auto [end, fault] = std::from_chars(digits.data(),
                                      digits.data() + digits.size(), length);
  if (fault != std::errc{} || end != digits.data() + digits.size()
      || length > result.length || (digits.size() > 1 && digits[0] == '0'))
    return "has no valid length";
  result.length = length;
  for (size_t bit = length; bit < result.address.size() * 8; ++bit)
    if ((result.address[bit / 8] & 0x80u >> bit % 8) != 0)
      return "has bits beyond its length";
  return {};
}

} // namespace

bool network_prefix::contains(std::span<const uint8_t> host) const noexcept {
  auto plain = unmapped(host);
  return plain.size() == address.size() && same_bits(plain, address, length);
}

caf::expected<network_prefix> parse_network_prefix(std::string_view text) {
  network_prefix result;
  if (auto fault = read_prefix(text, result); !fault.empty())
    return caf::make_error(ec::malformed, std::string{text} + ' ' + fault);
  return result;
}

std::string network_prefix_fault(std::string_view text) {
  network_prefix ignored;
  return read_prefix(text, ignored);
}

} // namespace rr
