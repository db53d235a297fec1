// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "messages/log/log_event.hpp"

/// What the text forms of a log event have in common.
namespace rr::log_text {

/// Appends `YYYY-MM-DD`, the separator, `HH:MM:SS.` and the fraction, in UTC.
/// @param digits of the fraction of a second, 3 or 6.
void append_time(std::string& out, std::chrono::system_clock::time_point time,
                 char separator, int digits);

/// Appends `true` or `false`.
void append_number(std::string& out, bool flag);
void append_number(std::string& out, int64_t number);
void append_number(std::string& out, uint64_t number);

/// Appends the shortest text that reads back as the same number, and always
/// reads as one with a fraction or an exponent; `nan`, `inf` and `-inf` too.
void append_number(std::string& out, double number);

/// Whether it is one of the keys that no field may overwrite.
bool is_reserved(std::string_view name) noexcept;

/// Calls `f` for each field that counts, in order: of equal names the last,
/// and none of a reserved name.
template <class F>
void for_each_field(const log_event& event, F f) {
  auto last = event.fields.end();
  for (auto i = event.fields.begin(); i != last; ++i) {
    auto again = i + 1;
    while (again != last && again->name != i->name)
      ++again;
    if (again == last && !is_reserved(i->name))
      f(*i);
  }
}

/// Appends text of unknown origin so that a terminal shows it and obeys none of
/// it: control characters, marks of writing direction, line separators and
/// bytes that are not UTF-8 become `\n`, `\x1b`, `\u202e`.
/// @param quoted whether `"` and `\` are escaped as well.
void append_visible(std::string& out, std::string_view text,
                    bool quoted = false);

} // namespace rr::log_text
