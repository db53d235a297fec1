// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "messages/device/value_type.hpp"
#include "messages/error.hpp"
#include "messages/json.hpp"

namespace rr {

struct parameter;

/// The value of a parameter, as JSON and CBOR carry it:
///
/// | type | value |
/// | --- | --- |
/// | `bool` | a boolean |
/// | `int8` ... `uint64` | an integer |
/// | `float`, `double` | a number |
/// | `char` | a text of one byte; an empty one for the byte 0 |
/// | array of `char` | a text that ends before the first byte 0 |
/// | any other array | an array of the last dimensions' values |
///
/// What is no UTF-8 in an array of `char` is read as a byte string
/// (`json::binary`). Byte strings are taken for every array of one-byte
/// scalars; they fill it exactly.
using device_value = json;

/// An error about a parameter: its text begins with the name, as in
/// `duty_cycle: not a number`.
caf::error parameter_error(ec code, std::string_view parameter,
                           const std::string& why);

/// What became of a value that was checked.
enum class value_fit : uint8_t {
  /// It is as it was.
  exact,
  /// One number at least was out of range and lies at its limit now.
  clamped,
};

/// Checks a value against its parameter and writes its bytes, in this machine's
/// order. Numbers beyond the parameter's limits, and those beyond the range of
/// its type, are clamped; infinities are beyond every range.
///
/// This is the check of every write, from whatever language; whether the
/// parameter is writeable is for the caller to know. Any thread may call it.
/// @param out exactly `param.type.size()` bytes, at any alignment; unspecified
///            after an error.
/// @returns `ec::wrong_value` for a value of another type, an array of another
///          length, and NaN; the text begins with the parameter:
///          `duty_cycle: expected a number, got "fast"`.
caf::expected<value_fit> encode_value(const parameter& param,
                                      const device_value& value,
                                      std::span<std::byte> out);

/// Checks a value that is in its bytes already, as `encode_value` does: clamps
/// it in place, and makes every byte of a `bool` 0 or 1.
/// @param bytes a value's bytes, at any alignment.
/// @returns `ec::wrong_value` for NaN, and for another size than that of the
///          type.
caf::expected<value_fit> check_value(const parameter& param,
                                     std::span<std::byte> bytes);

/// Whether one scalar is declared as the safe value of an array.
/// @pre `param.safe` is there.
bool safe_is_scalar(const parameter& param);

/// Writes the bytes of the parameter's safe value: where one scalar is declared
/// for an array, every element is it.
/// @param out exactly `param.type.size()` bytes.
/// @pre `param.safe` is there and has been checked.
void encode_safe(const parameter& param, std::span<std::byte> out);

/// The value of its bytes, in this machine's order.
/// @param bytes at least `type.size()` bytes, at any alignment.
device_value decode_value(const value_type& type,
                          std::span<const std::byte> bytes);

} // namespace rr
