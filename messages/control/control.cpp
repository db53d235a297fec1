// SPDX-License-Identifier: BSD-3-Clause
#include "messages/control/control.hpp"

#include <cstdio>

namespace rr {

control_timeout parse_control_timeout(const std::string& text) {
  if (text == "emergency-stop")
    return control_timeout::emergency_stop;
  return text == "none" ? control_timeout::none : control_timeout::neutral;
}

const char* to_string(control_fault fault) noexcept {
  switch (fault) {
    case control_fault::malformed:
      return "malformed";
    case control_fault::oversized:
      return "oversized";
    case control_fault::not_allowed:
      return "not allowed";
    case control_fault::other_driver:
      return "other driver";
    case control_fault::duplicate:
      return "duplicate";
    case control_fault::reordered:
      return "reordered";
    case control_fault::too_old:
      return "too old";
    case control_fault::unwritten:
      return "unwritten";
  }
  return "unknown";
}

std::array<char, 256> describe_loss(const std::string& source,
                                    gamepad_set gamepads,
                                    bool driver_too) noexcept {
  std::array<char, 256> result;
  if (driver_too) {
    std::snprintf(result.data(), result.size(), "control lost: %s is silent",
                  source.c_str());
    return result;
  }
  // Sixteen of them take 54 bytes.
  std::array<char, 64> indices{};
  size_t used = 0;
  for (auto i = 0; i < 16; ++i)
    if ((gamepads >> i & 1) != 0)
      used += static_cast<size_t>(std::snprintf(indices.data() + used,
                                                indices.size() - used, "%s%d",
                                                used == 0 ? "" : ", ", i));
  std::snprintf(result.data(), result.size(),
                "control lost: gamepad %s of %s is absent or refused",
                indices.data(), source.c_str());
  return result;
}

} // namespace rr
