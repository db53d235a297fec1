// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/optional.hpp>
#include <caf/timestamp.hpp>

#include "messages/json.hpp"

namespace rr {

/// Bytes of a line of a file of records; what is longer is none of ours.
constexpr size_t max_record_line = 65'536;

/// A line of a file of records. The files lie on a disk that anything may have
/// written: a power failure, an editor, somebody else.
/// @returns none for what is no JSON object, is too long or nested too deeply.
std::optional<json> parse_record_line(std::string_view line);

/// The object on one line, with a line feed; what is no UTF-8 in it is
/// replaced.
std::string as_record_line(const json& object);

/// The lines of a file, without their ends and without empty ones.
/// @param torn set to whether the last one has no end: what is appended now
///             would become a part of it.
std::vector<std::string_view> record_lines(std::string_view text, bool& torn);

/// Reads what is in a record, and takes down whether all of it was as it should
/// be.
class record_reader {
public:
  explicit record_reader(const json& object) : object_(object) {
  }

  /// Whether everything that was asked for was there and good.
  bool good() const noexcept {
    return good_;
  }

  /// At most `max_record_line` bytes.
  std::string text(const char* key);

  /// The same, but it may be missing.
  std::string optional_text(const char* key);

  bool flag(const char* key);

  template <class T>
  T integer(const char* key) {
    const auto* found = find(key);
    if (found && found->is_number_unsigned()) {
      if (auto value = found->get<uint64_t>(); std::in_range<T>(value))
        return static_cast<T>(value);
    } else if (found && found->is_number_integer()) {
      if (auto value = found->get<int64_t>(); std::in_range<T>(value))
        return static_cast<T>(value);
    }
    good_ = false;
    return {};
  }

  /// Null, or missing, is none.
  caf::optional<int32_t> optional_integer(const char* key);

  caf::timestamp time(const char* key);

  /// Seconds, from 0 to a thousand years.
  caf::timespan seconds(const char* key);

  std::vector<std::string> texts(const char* key);

  /// An array, empty where it is missing.
  json list(const char* key);

private:
  const json* find(const char* key) const;

  const json& object_;
  bool good_ = true;
};

/// Seconds, exact to the microsecond.
double as_seconds(caf::timespan span) noexcept;

} // namespace rr
