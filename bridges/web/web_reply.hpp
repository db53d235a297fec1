// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rr {

/// What a response says but its body.
struct web_reply {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  /// Whole lines with their ends, put in as they are.
  std::string fields;
  /// What a browser may do with it (Content-Security-Policy).
  std::string_view policy = "default-src 'none'; frame-ancestors 'none'";
  std::string_view caching = "no-store";
  uint64_t length = 0;
  bool keep_alive = true;
};

/// The status line and the fields, with the empty line.
/// @relates web_reply
std::string head_of(const web_reply& reply,
                    std::chrono::system_clock::time_point now);

/// As in `404 not found`, and a line feed: the body of a refusal.
std::string refusal_text(unsigned status);

/// `Not Found`.
std::string_view reason_phrase(unsigned status) noexcept;

} // namespace rr
