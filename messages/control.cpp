// SPDX-License-Identifier: BSD-3-Clause
#include "messages/control.hpp"

#include <utility>

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

std::string describe_loss(const control_lost& fact) {
  if (fact.driver_too)
    return "control lost: " + fact.source + " is silent";
  std::string result = "control lost: gamepad";
  for (auto separator = " "; auto index : fact.gamepads) {
    result += std::exchange(separator, ", ") + std::to_string(index);
  }
  return result + " of " + fact.source + " is absent or refused";
}

} // namespace rr
