// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "messages/fwd.hpp"

namespace rr {

enum class log_level : uint8_t { debug, info, warning, error, critical };

/// `debug`, `info`, `warning`, `error` or `critical`.
std::string_view to_string(log_level level) noexcept;

/// The level of that name; `warn` is taken as `warning`.
/// @returns `ec::malformed` for any other text.
caf::expected<log_level> parse_log_level(std::string_view text);

/// A context field's value.
using log_value = std::variant<bool, int64_t, uint64_t, double, std::string>;

class log_argument;

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

/// Appends `suppressed`, how many events like this one a limit has held back
/// since the last, unless it was none.
void append_suppressed(log_fields& fields, uint64_t count);

/// A context field as a caller hands it in: views of what it has, so that an
/// event that goes nowhere allocates nothing. Of three words, because they are
/// stored before anybody looks whether it goes somewhere.
class log_argument {
public:
  /// @param name ends with a zero, as literals do.
  constexpr log_argument(const char* name, std::string_view text) noexcept
    : name_(name),
      kind_(kind::text),
      size_(static_cast<uint32_t>(std::min(text.size(), max_size))),
      text_(text.data()) {
  }
  constexpr log_argument(const char* name, const char* text) noexcept
    : log_argument(name, std::string_view{text}) {
  }
  log_argument(const char* name, const std::string& text) noexcept
    : log_argument(name, std::string_view{text}) {
  }
  constexpr log_argument(const char* name, bool flag) noexcept
    : name_(name),
      kind_(kind::flag),
      size_(0),
      flag_(flag) {
  }
  constexpr log_argument(const char* name, double number) noexcept
    : name_(name),
      kind_(kind::real),
      size_(0),
      real_(number) {
  }
  template <std::signed_integral T>
  constexpr log_argument(const char* name, T number) noexcept
    : name_(name),
      kind_(kind::integer),
      size_(0),
      integer_(number) {
  }
  template <std::unsigned_integral T>
  constexpr log_argument(const char* name, T number) noexcept
    : name_(name),
      kind_(kind::natural),
      size_(0),
      natural_(number) {
  }
  // NOLINTNEXTLINE(google-explicit-constructor): a field is an argument.
  log_argument(const log_field& field) noexcept;

  const char* name() const noexcept {
    return name_;
  }

  log_value value() const;

private:
  enum class kind : uint32_t { flag, integer, natural, real, text };

  static inline constexpr size_t max_size
    = std::numeric_limits<uint32_t>::max();

  const char* name_;
  kind kind_;
  /// Of a text, which is cut there.
  uint32_t size_;
  union {
    bool flag_;
    int64_t integer_;
    uint64_t natural_;
    double real_;
    const char* text_;
  };
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
  /// One of many that others are not to be lost for, such as a line of a
  /// child's output: queues keep room that such events do not get.
  bool is_bulk = false;
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

/// A line for people, without a line feed at its end: the local time of day,
/// level, process (`app` where there is none), what happened, then fields,
/// `pid` first and the others by name. What does not fit 80 columns of them
/// stands below, indented, and so do the lines of a value that has several,
/// such as a traceback; of many the middle is left out. A line of a child's
/// output has no `stream` and no `pid`. Control characters and escape sequences
/// of the event's own texts are made visible, never passed through, and no line
/// but the first begins without indentation.
/// @param coloured whether to use terminal colours.
std::string to_pretty(const log_event& event, bool coloured);

} // namespace rr
