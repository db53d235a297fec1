// SPDX-License-Identifier: BSD-3-Clause
#include "messages/error.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

using namespace std::chrono;

/// Takes that many digits from the front; negative when there are fewer.
int take_number(std::string_view& text, size_t digits) noexcept {
  if (text.size() < digits)
    return -1;
  auto result = 0;
  for (auto c : text.substr(0, digits)) {
    if (c < '0' || c > '9')
      return -1;
    result = result * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return result;
}

/// Those that a time of the system's clock can be in, and tell apart: it counts
/// nanoseconds in 64 bits.
constexpr int first_year = 1970;
constexpr int last_year = 2261;

bool take(std::string_view& text, std::string_view what) noexcept {
  if (!text.starts_with(what))
    return false;
  text.remove_prefix(what.size());
  return true;
}

/// Nanoseconds of a fraction of one to nine digits; negative for none.
int take_fraction(std::string_view& text) noexcept {
  auto end = text.find_first_not_of("0123456789");
  auto digits = std::min(end, text.size());
  if (digits == 0 || digits > 9)
    return -1;
  auto result = take_number(text, digits);
  for (auto i = digits; i < 9; ++i)
    result *= 10;
  return result;
}

} // namespace

caf::expected<system_clock::time_point> parse_timestamp(std::string_view text) {
  auto rest = text;
  auto wrong = [&] {
    return caf::make_error(ec::malformed,
                           "not a time: " + std::string{text.substr(0, 40)});
  };
  auto y = take_number(rest, 4);
  auto has_month = take(rest, "-");
  auto m = take_number(rest, 2);
  auto has_day = take(rest, "-");
  auto d = take_number(rest, 2);
  if (y < first_year || y > last_year || m < 0 || d < 0 || !has_month
      || !has_day || !(take(rest, "T") || take(rest, " ")))
    return wrong();
  auto date = year{y} / month{static_cast<unsigned>(m)}
              / day{static_cast<unsigned>(d)};
  auto hour = take_number(rest, 2);
  auto has_minute = take(rest, ":");
  auto minute = take_number(rest, 2);
  auto has_second = take(rest, ":");
  auto second = take_number(rest, 2);
  auto fraction = take(rest, ".") ? take_fraction(rest) : 0;
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59
      || second < 0 || second > 60 || fraction < 0 || !has_minute || !has_second
      || !(rest == "Z" || rest == "+00:00"))
    return wrong();
  return time_point_cast<system_clock::duration>(
    sys_days{date} + hours{hour} + minutes{minute} + seconds{second}
    + nanoseconds{fraction});
}

} // namespace rr
