// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rr {

/// What a message between a client and a service is.
enum class call_form : uint8_t { request, response, failure, notification };

/// `request`, `response`, `failure` or `notification`.
/// @relates call_form
const char* to_string(call_form form) noexcept;

/// How a message between a client and a service begins.
struct call_head {
  call_form form{};
  /// Of a request, and of what answers it.
  uint64_t id = 0;
  /// Of a request or a notification: a part of the payload, which may be
  /// anything.
  std::string_view method = {};
};

/// The head of a payload that nobody has checked: it looks at the first few
/// bytes, and copies none.
/// @returns none for what does not begin as a message does.
/// @relates call_head
std::optional<call_head>
read_call_head(std::span<const std::byte> payload) noexcept;

/// Fact: a message has been routed.
struct routed_call {
  call_form form{};
  uint64_t id = 0;
  /// Valid UTF-8, cut short; empty for an answer.
  std::string method = {};
  /// As `identity_text` makes them.
  std::string from = {};
  std::string to = {};
  /// Bytes of the payload.
  uint64_t size = 0;
  /// How many facts of this kind were left out since the last one.
  uint64_t suppressed = 0;
};

} // namespace rr
