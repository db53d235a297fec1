// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rr {

/// What a ZMQ socket option takes.
enum class zmq_option_type : uint8_t { int32, int64, text };

/// A socket option that can be set.
struct zmq_option {
  /// Without `ZMQ_`, as in `SNDTIMEO`.
  std::string_view name;
  /// For `zmq_setsockopt`.
  int id;
  zmq_option_type type;
};

/// Every option that this version of ZMQ lets be set, older names included.
std::span<const zmq_option> zmq_options() noexcept;

/// The option of that name, or `nullptr`.
const zmq_option* find_zmq_option(std::string_view name) noexcept;

/// What an option takes, as in `an integer`, when it does not take a value;
/// empty when it does.
/// @param number the value if it is a number, or else `nullptr`.
/// @param is_text whether it is a text.
std::string_view expected_by(const zmq_option& option, const int64_t* number,
                             bool is_text) noexcept;

} // namespace rr
