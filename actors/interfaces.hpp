// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/typed_actor.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// Routes messages between clients and services.
using router_actor = caf::typed_actor<
  // Answers its addresses and counters.
  caf::replies_to<atom::status>::with<router_status>,
  // Nothing is routed any more.
  caf::reacts_to<router_failed>>;

} // namespace rr
