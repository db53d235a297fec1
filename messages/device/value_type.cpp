// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/value_type.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "messages/device/scalar_access.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using enum scalar_type;

/// The names in a catalog come first. The others are what `ctypes` calls the
/// types on Linux with 64 bits, where a `long` has 64.
constexpr std::pair<std::string_view, scalar_type> scalar_names[]
  = {{"bool", boolean},     {"int8", int8},      {"int16", int16},
     {"int32", int32},      {"int64", int64},    {"uint8", uint8},
     {"uint16", uint16},    {"uint32", uint32},  {"uint64", uint64},
     {"float", float32},    {"double", float64}, {"char", character},
     {"byte", int8},        {"ubyte", uint8},    {"short", int16},
     {"ushort", uint16},    {"int", int32},      {"uint", uint32},
     {"long", int64},       {"ulong", uint64},   {"longlong", int64},
     {"ulonglong", uint64}, {"size_t", uint64},  {"ssize_t", int64}};

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
  return with_type(x, []<class T>(std::type_identity<T>) { return sizeof(T); });
}

bool is_integer(scalar_type x) noexcept {
  return x >= int8 && x <= uint64;
}

bool is_floating_point(scalar_type x) noexcept {
  return x == float32 || x == float64;
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
  auto scalar = std::ranges::find(scalar_names, text.substr(0, bracket),
                                  [](const auto& x) { return x.first; });
  if (scalar == std::end(scalar_names))
    return malformed_type(
      text, "unknown type, expected bool, int8 ... uint64, float, "
            "double, char, or an array of one such as uint8[4]");
  value_type result;
  result.scalar = scalar->second;
  auto why = read_dimensions(text.substr(bracket), result);
  if (!why.empty())
    return malformed_type(text, why);
  return result;
}

} // namespace rr
