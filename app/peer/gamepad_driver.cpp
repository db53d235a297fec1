// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/gamepad_driver.hpp"

#include <caf/send.hpp>

#include "actors/interfaces.hpp"

namespace rr {

caf::error gamepad_driver::send(const gamepad_input& input) const {
  if (auto wrong = check(input))
    return wrong;
  if (auto living = actor())
    caf::anon_send(living, input);
  return {};
}

} // namespace rr
