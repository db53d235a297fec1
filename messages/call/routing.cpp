// SPDX-License-Identifier: BSD-3-Clause
#include "messages/call/routing.hpp"

#include <algorithm>

namespace rr {

namespace {

/// Takes one character off the front of `text`.
/// @returns whether it is well-formed UTF-8 and no control character.
bool take_printable(std::string_view& text) {
  auto first = static_cast<uint8_t>(text[0]);
  size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || length > text.size())
    return false;
  uint32_t point = length == 1 ? first : first & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80)
      return false;
    point = point << 6 | (next & 0x3f);
  }
  constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < smallest[length] || point > 0x10ffff
      || (point >= 0xd800 && point <= 0xdfff))
    return false;
  // C0 and C1, the line and paragraph separators, and what turns the direction
  // of the text that follows.
  if (point < 0x20 || (point >= 0x7f && point < 0xa0)
      || (point >= 0x2028 && point <= 0x202e)
      || (point >= 0x2066 && point <= 0x2069))
    return false;
  text.remove_prefix(length);
  return true;
}

} // namespace

const char* to_string(router_side side) noexcept {
  switch (side) {
    case router_side::frontend:
      return "frontend";
    case router_side::backend:
      return "backend";
  }
  return "unknown";
}

const char* to_string(drop_cause cause) noexcept {
  switch (cause) {
    case drop_cause::no_such_peer:
      return "no such peer";
    case drop_cause::malformed:
      return "malformed";
    case drop_cause::loopback:
      return "loopback";
    case drop_cause::would_block:
      return "would block";
  }
  return "unknown";
}

std::string identity_text(std::string_view identity) {
  auto rest = identity;
  while (!rest.empty() && take_printable(rest)) {
  }
  if (rest.empty())
    return std::string{identity};
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  std::string result;
  result.reserve(identity.size() * 2);
  for (auto c : identity) {
    auto byte = static_cast<uint8_t>(c);
    result += digits[byte >> 4];
    result += digits[byte & 0xf];
  }
  return result;
}

bool is_command_identity(std::string_view identity) noexcept {
  constexpr std::string_view command_mark = "-cli-";
  auto mark = identity.rfind(command_mark);
  if (mark == identity.npos)
    return false;
  auto rest = identity.substr(mark + command_mark.size());
  auto dash = std::min(rest.find('-'), rest.size());
  auto consists_of = [](std::string_view text, std::string_view digits) {
    return !text.empty() && text.find_first_not_of(digits) == text.npos;
  };
  return consists_of(rest.substr(0, dash), "0123456789")
         && dash + 9 == rest.size()
         && consists_of(rest.substr(dash + 1), "0123456789abcdef");
}

} // namespace rr
