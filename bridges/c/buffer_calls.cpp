// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/c/buffer_calls.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace rr {

namespace {

int code_of(const caf::error& what) {
  if (what.category() != caf::detail::error_factory<ec>::category)
    return RR_BUFFER_SYSTEM;
  switch (static_cast<ec>(what.code())) {
    case ec::unknown_device:
    case ec::malformed:
      return RR_BUFFER_UNKNOWN_DEVICE;
    case ec::unknown_parameter:
      return RR_BUFFER_UNKNOWN_PARAMETER;
    case ec::access_refused:
      return RR_BUFFER_ACCESS_REFUSED;
    case ec::wrong_value:
      return RR_BUFFER_WRONG_VALUE;
    case ec::invalid_buffer:
      return RR_BUFFER_INVALID;
    case ec::incompatible_buffer:
      return RR_BUFFER_INCOMPATIBLE;
    case ec::robot_disabled:
      return RR_BUFFER_DISABLED;
    case ec::no_value:
      return RR_BUFFER_NO_VALUE;
    case ec::overloaded:
      return RR_BUFFER_OVERLOADED;
    case ec::bad_configuration:
      return RR_BUFFER_BAD_CATALOG;
    default:
      return RR_BUFFER_SYSTEM;
  }
}

/// Cuts a text to what fits, and ends it.
template <size_t Size>
void copy_text(std::string_view from, char (&to)[Size]) noexcept {
  auto size = std::min(from.size(), Size - 1);
  std::memcpy(to, from.data(), size);
  to[size] = '\0';
}

} // namespace

int report(rr_buffer_error* out, int code, std::string_view text,
           const char* parameter) noexcept {
  if (out) {
    out->code = code;
    copy_text(parameter ? parameter : "", out->parameter);
    copy_text(text, out->text);
  }
  return code;
}

int report(rr_buffer_error* out, const caf::error& what,
           const char* parameter) {
  return report(out, code_of(what), describe(what), parameter);
}

int report(rr_buffer_error* out, const caf::expected<value_fit>& result,
           const char* parameter) {
  if (!result)
    return report(out, result.error(), parameter);
  return *result == value_fit::clamped ? RR_BUFFER_CLAMPED : RR_BUFFER_OK;
}

} // namespace rr
