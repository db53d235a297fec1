// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "messages/fwd.hpp"

namespace rr {

enum class log_level : uint8_t { debug, info, warning, error, critical };

/// `debug`, `info`, `warning`, `error` or `critical`.
/// @relates log_level
std::string_view to_string(log_level level) noexcept;

/// The level of that name; `warn` is taken as `warning`.
/// @returns `ec::malformed` for any other text.
/// @relates log_level
caf::expected<log_level> parse_log_level(std::string_view text);

/// A context field's value.
using log_value = std::variant<bool, int64_t, uint64_t, double, std::string>;

struct log_argument;

/// One context field of an event: `log_field{"pid", 17}`.
struct log_field {
  std::string name;
  log_value value;

  log_field(std::string field, std::string_view text);
  log_field(std::string field, const char* text);
  log_field(std::string field, std::string text);
  log_field(std::string field, bool flag);
  log_field(std::string field, double number);
  template <std::signed_integral T>
  log_field(std::string field, T number)
    : name(std::move(field)),
      value(static_cast<int64_t>(number)) {
  }
  template <std::unsigned_integral T>
  log_field(std::string field, T number)
    : name(std::move(field)),
      value(static_cast<uint64_t>(number)) {
  }

  explicit log_field(const log_argument& argument);

  friend bool operator==(const log_field&, const log_field&) = default;
};

using log_fields = std::vector<log_field>;

/// A context field as a caller hands it in: views of what it has, so that an
/// event below the level costs nothing. Made in the call, never kept.
struct log_argument {
  std::string_view name;
  std::variant<bool, int64_t, uint64_t, double, std::string_view> value;

  constexpr log_argument(std::string_view field, std::string_view text) noexcept
    : name(field),
      value(text) {
  }
  constexpr log_argument(std::string_view field, const char* text) noexcept
    : name(field),
      value(std::string_view{text}) {
  }
  log_argument(std::string_view field, const std::string& text) noexcept
    : name(field),
      value(std::string_view{text}) {
  }
  constexpr log_argument(std::string_view field, bool flag) noexcept
    : name(field),
      value(flag) {
  }
  constexpr log_argument(std::string_view field, double number) noexcept
    : name(field),
      value(number) {
  }
  template <std::signed_integral T>
  constexpr log_argument(std::string_view field, T number) noexcept
    : name(field),
      value(static_cast<int64_t>(number)) {
  }
  template <std::unsigned_integral T>
  constexpr log_argument(std::string_view field, T number) noexcept
    : name(field),
      value(static_cast<uint64_t>(number)) {
  }
  log_argument(const log_field& field) noexcept;
};

/// What happened, when, and with whom.
struct log_event {
  /// What happened, a short fixed text; what varies goes into the fields.
  std::string event;
  log_level level = log_level::info;
  std::chrono::system_clock::time_point timestamp;
  /// `application.name` of the program that says it.
  std::string app;
  /// Bound context first, then the event's own; names are unique, and of two
  /// equal ones the last is kept.
  log_fields fields;
  friend bool operator==(const log_event&, const log_event&) = default;
};

/// Whether the event stays in this program's own outputs: a field `transmit`
/// is false. The last one counts.
bool is_local(const log_event& event) noexcept;

/// UTC, ISO 8601, microseconds, `Z`: `2024-05-01T09:30:00.000125Z`.
std::string format_timestamp(std::chrono::system_clock::time_point time);

/// One JSON object without a line feed: `event`, `level`, `timestamp`, `app`,
/// then the fields, flat. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const log_event& event);

/// One line for people, without a line feed. Control characters and escape
/// sequences of the event's own texts are made visible, never passed through.
/// @param coloured whether to use terminal colours.
std::string to_pretty(const log_event& event, bool coloured);

} // namespace rr
