// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "messages/cbor/cbor_form.hpp"
#include "messages/json.hpp"

namespace rr {

/// Calls a method and waits for its response: `[0, id, method, [args...]]`.
struct request {
  /// Unique among the caller's requests in flight.
  uint32_t id = 0;
  std::string method;
  /// An array.
  json args = json::array();
  friend bool operator==(const request&, const request&) = default;
};

/// Why a call failed: `[message, {context}]`.
struct call_error {
  std::string message;
  /// An object.
  json context = json::object();
  friend bool operator==(const call_error&, const call_error&) = default;
};

/// Answers the request of the same id: `[1, id, null, result]` or
/// `[1, id, [message, {context}], null]`.
struct response {
  uint32_t id = 0;
  std::optional<call_error> error;
  /// Null beside an error.
  json result;
  friend bool operator==(const response&, const response&) = default;
};

/// Calls a method that nobody answers: `[2, method, [args...]]`.
struct notification {
  std::string method;
  /// An array.
  json args = json::array();
  friend bool operator==(const notification&, const notification&) = default;
};

/// The message forms of MessagePack-RPC, as CBOR.
using call_message = std::variant<request, response, notification>;

/// Appends the message's wire form to `out`, which a caller that sends often
/// keeps and clears. What `decode` refuses is written all the same: texts are
/// UTF-8, `args` an array, a context an object, a result beside an error null,
/// byte strings without a subtype, and nesting leaves room for the message.
/// @relates request
void encode(const request& x, std::vector<uint8_t>& out);

/// @relates response
void encode(const response& x, std::vector<uint8_t>& out);

/// @relates notification
void encode(const notification& x, std::vector<uint8_t>& out);

void encode(const call_message& x, std::vector<uint8_t>& out);

/// Why `decode` refuses what `encode` makes of the message, whatever its size:
/// `args: text is not UTF-8`. To be asked before `encode`, which goes as deep
/// as the values do. NaN and infinities are taken.
/// @returns an empty text when nothing speaks against it.
/// @relates request
std::string fault_of(const request& x);

/// @relates response
std::string fault_of(const response& x);

/// @relates notification
std::string fault_of(const notification& x);

/// The text with U+FFFD in the place of what is not UTF-8.
/// @relates call_error
std::string as_utf8(std::string_view text);

/// The wire form in a buffer of its own.
template <class T>
std::vector<uint8_t> encode(const T& x) {
  std::vector<uint8_t> result;
  encode(x, result);
  return result;
}

/// The message of a payload that comes from anywhere: checked for form first,
/// decoded then.
/// @returns `ec::malformed` for everything else; the text says which part is
///          wrong: what `check_cbor_form` says, or `malformed message: id is
///          negative`.
caf::expected<call_message> decode(std::span<const std::byte> payload,
                                   cbor_limits limits);

/// The id of a payload that begins as a request does, by which it can be
/// answered whatever is wrong with the rest: an array of three items at least,
/// or of indefinite length, of which the first are 0, an unsigned id of at most
/// 32 bits, and a method that is UTF-8 text. For bytes that nobody has checked,
/// of any size; the time is proportional to the length of the method.
/// @returns none for all else, responses and notifications included.
/// @relates request
std::optional<uint32_t>
id_of_request(std::span<const std::byte> payload) noexcept;

/// Whether a payload begins as a request or a notification of that method. For
/// bytes that nobody has checked: it looks at the first few.
/// @relates request
bool calls_method(std::span<const std::byte> payload,
                  std::string_view method) noexcept;

} // namespace rr
