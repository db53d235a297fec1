// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// What a parameter is made of, as in C. The numbers are a part of the layout
/// of shared buffers: none is ever changed or used again.
enum class scalar_type : uint8_t {
  /// One byte, 0 or 1.
  boolean = 0,
  int8 = 1,
  int16 = 2,
  int32 = 3,
  int64 = 4,
  uint8 = 5,
  uint16 = 6,
  uint32 = 7,
  uint64 = 8,
  /// 32 bits.
  float32 = 9,
  /// 64 bits.
  float64 = 10,
  /// One byte of text.
  character = 11,
};

/// The name in a catalog: `bool`, `int8` ... `uint64`, `float`, `double`,
/// `char`.
std::string_view to_string(scalar_type x) noexcept;

/// In bytes; the alignment is the same.
size_t size_of(scalar_type x) noexcept;

bool is_integer(scalar_type x) noexcept;

bool is_floating_point(scalar_type x) noexcept;

/// The type of a parameter: a scalar, or an array of one, with the last
/// dimension side by side in memory, as in C.
struct value_type {
  /// In bytes, for one parameter.
  static inline constexpr size_t max_size = size_t{64} << 20;
  static inline constexpr size_t max_dimensions = 8;

  scalar_type scalar = scalar_type::boolean;
  /// The outermost first; none for a scalar, and none of them 0.
  std::vector<uint32_t> dimensions;

  /// How many scalars it holds: 1 for a scalar.
  size_t count() const noexcept;
  /// In bytes, without padding.
  size_t size() const noexcept;
  bool is_array() const noexcept {
    return !dimensions.empty();
  }
  /// The type of one scalar of it.
  value_type element() const {
    return {scalar, {}};
  }
  friend bool operator==(const value_type&, const value_type&) = default;
};

/// As `parse_value_type` takes it: `uint8[128][128][3]`.
/// @relates value_type
std::string to_string(const value_type& x);

/// Takes the name of a scalar, or one of the Python runtime's (those of
/// `ctypes` without `c_`, such as `ubyte`, `short` and `longlong`), followed by
/// up to `max_dimensions` dimensions in brackets.
/// @returns `ec::malformed` for anything else, a dimension of 0, and what is
///          larger than `max_size`; the text begins with the type, as in
///          `uint8[0]: a dimension is 0`.
/// @relates value_type
caf::expected<value_type> parse_value_type(std::string_view text);

} // namespace rr
