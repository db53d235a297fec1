// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include <caf/fwd.hpp>

namespace rr {

/// How much a payload may ask for.
struct cbor_limits {
  /// The whole payload; `service.max-payload` is what a robot sets.
  size_t max_bytes = 1048576;
  /// Arrays and maps inside one another, the outermost counted: 0 to 32, more
  /// is taken as 32.
  size_t max_nesting = 32;
};

/// Checks that the payload is one CBOR data item (RFC 8949) that can be decoded
/// without risk and without loss: nlohmann's decoder, the one this project
/// uses, recurses without bound, takes invalid UTF-8, and lets the last of two
/// equal keys win. One pass over the heads, without recursion; the time is
/// proportional to the size, times its logarithm where maps have many keys.
///
/// Taken: integers from -2^63 to 2^64-1, byte and text strings, also of
/// indefinite length, arrays, maps from text to anything, `false`, `true`,
/// `null`, half, single and double floats, NaN and infinities included.
/// Arguments need not be encoded in their shortest form.
///
/// Refused: what the limits say, a count that claims more items than bytes are
/// left, a string inside a chunk of a string, text that is not UTF-8, a key
/// that is not text, a key twice in one map however it is encoded, every tag
/// (and with it big numbers), `undefined` and all other simple values, break
/// codes out of place, reserved heads, and bytes after the end.
/// @returns no error, or `ec::malformed` that says what is wrong and where:
///          `malformed CBOR at byte 7: text is not UTF-8`, bytes counted from
///          0 and meaning the start of the item.
/// @relates cbor_limits
caf::error check_cbor_form(std::span<const std::byte> payload,
                           cbor_limits limits);

} // namespace rr
