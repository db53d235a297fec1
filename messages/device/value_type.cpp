// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/value_type.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr std::array scalar_names{
  std::pair{std::string_view{"bool"}, scalar_type::boolean},
  std::pair{std::string_view{"int8"}, scalar_type::int8},
  std::pair{std::string_view{"int16"}, scalar_type::int16},
  std::pair{std::string_view{"int32"}, scalar_type::int32},
  std::pair{std::string_view{"int64"}, scalar_type::int64},
  std::pair{std::string_view{"uint8"}, scalar_type::uint8},
  std::pair{std::string_view{"uint16"}, scalar_type::uint16},
  std::pair{std::string_view{"uint32"}, scalar_type::uint32},
  std::pair{std::string_view{"uint64"}, scalar_type::uint64},
  std::pair{std::string_view{"float"}, scalar_type::float32},
  std::pair{std::string_view{"double"}, scalar_type::float64},
  std::pair{std::string_view{"char"}, scalar_type::character},
};

/// What `ctypes` calls them on Linux with 64 bits, where a `long` has 64.
constexpr std::array scalar_aliases{
  std::pair{std::string_view{"byte"}, scalar_type::int8},
  std::pair{std::string_view{"ubyte"}, scalar_type::uint8},
  std::pair{std::string_view{"short"}, scalar_type::int16},
  std::pair{std::string_view{"ushort"}, scalar_type::uint16},
  std::pair{std::string_view{"int"}, scalar_type::int32},
  std::pair{std::string_view{"uint"}, scalar_type::uint32},
  std::pair{std::string_view{"long"}, scalar_type::int64},
  std::pair{std::string_view{"ulong"}, scalar_type::uint64},
  std::pair{std::string_view{"longlong"}, scalar_type::int64},
  std::pair{std::string_view{"ulonglong"}, scalar_type::uint64},
  std::pair{std::string_view{"size_t"}, scalar_type::uint64},
  std::pair{std::string_view{"ssize_t"}, scalar_type::int64},
};

const scalar_type* find_scalar(std::string_view name) noexcept {
  for (const auto& each : scalar_names)
    if (each.first == name)
      return &each.second;
  for (const auto& each : scalar_aliases)
    if (each.first == name)
      return &each.second;
  return nullptr;
}

caf::error malformed_type(std::string_view type, const std::string& why) {
  return caf::make_error(ec::malformed, std::string{type} + ": " + why);
}

/// What is wrong with the dimensions `[2][3]`, which are added to `out`.
std::string read_dimensions(std::string_view text, value_type& out) {
  while (!text.empty()) {
    auto end = text.find(']');
    if (text.front() != '[' || end == std::string_view::npos)
      return "expected dimensions in brackets, such as uint8[4]";
    auto digits = text.substr(1, end - 1);
    uint32_t dimension = 0;
    auto [last, failed] = std::from_chars(
      digits.data(), digits.data() + digits.size(), dimension);
    if (failed == std::errc::result_out_of_range)
      return "larger than 64 MiB";
    if (failed != std::errc{} || last != digits.data() + digits.size())
      return "expected dimensions in brackets, such as uint8[4]";
    if (dimension == 0)
      return "a dimension is 0";
    if (out.dimensions.size() == value_type::max_dimensions)
      return "more than 8 dimensions";
    out.dimensions.push_back(dimension);
    // Each factor is below 2^32: the product cannot pass 2^64 unseen.
    if (out.size() > value_type::max_size)
      return "larger than 64 MiB";
    text.remove_prefix(end + 1);
  }
  return {};
}

} // namespace

std::string_view to_string(scalar_type x) noexcept {
  for (const auto& each : scalar_names)
    if (each.second == x)
      return each.first;
  return "unknown";
}

size_t size_of(scalar_type x) noexcept {
  switch (x) {
    case scalar_type::boolean:
    case scalar_type::int8:
    case scalar_type::uint8:
    case scalar_type::character:
      return 1;
    case scalar_type::int16:
    case scalar_type::uint16:
      return 2;
    case scalar_type::int32:
    case scalar_type::uint32:
    case scalar_type::float32:
      return 4;
    case scalar_type::int64:
    case scalar_type::uint64:
    case scalar_type::float64:
      return 8;
  }
  return 1;
}

bool is_integer(scalar_type x) noexcept {
  return x >= scalar_type::int8 && x <= scalar_type::uint64;
}

bool is_floating_point(scalar_type x) noexcept {
  return x == scalar_type::float32 || x == scalar_type::float64;
}

size_t value_type::count() const noexcept {
  size_t result = 1;
  for (auto each : dimensions)
    result *= each;
  return result;
}

size_t value_type::size() const noexcept {
  return count() * size_of(scalar);
}

std::string to_string(const value_type& x) {
  std::string result{to_string(x.scalar)};
  for (auto each : x.dimensions)
    result += "[" + std::to_string(each) + "]";
  return result;
}

caf::expected<value_type> parse_value_type(std::string_view text) {
  auto bracket = std::min(text.find('['), text.size());
  const auto* scalar = find_scalar(text.substr(0, bracket));
  if (!scalar)
    return malformed_type(
      text, "unknown type, expected bool, int8 ... uint64, float, "
            "double, char, or an array of one such as uint8[4]");
  value_type result;
  result.scalar = *scalar;
  auto why = read_dimensions(text.substr(bracket), result);
  if (!why.empty())
    return malformed_type(text, why);
  return result;
}

} // namespace rr
