// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "app/runtime/status_query.hpp"

namespace rr {

/// Asks for all that the broker's `status` tells, for whoever is no client of
/// the broker. Answers the first error where somebody does not answer.
/// @param broker whose counters are told.
status_teller_actor::behavior_type
status_teller(status_teller_actor::pointer self, status_sources whom,
              remote_service_actor broker);

} // namespace rr
