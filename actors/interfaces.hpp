// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// Every actor of the runtime and what it understands: the architecture on one
/// page. Facts that a bridge reports stand last in each interface.

/// Runs what may block on threads of its own, so that no actor ever does.
using worker_pool_actor = caf::typed_actor<
  // Runs it; answers when it is done, with its error if it has one.
  caf::reacts_to<work>,
  // A worker's thread is done.
  caf::reacts_to<work_done>>;

/// Calls methods of services through one channel.
using remote_client_actor = caf::typed_actor<
  // Calls the service's method with an array of arguments; answers its result
  // within the time given, or an error.
  caf::replies_to<atom::call, std::string, std::string, json_value,
                  caf::timespan>::with<json_value>,
  // Calls the service's method with an array of arguments, for no answer; an
  // error when it cannot be sent.
  caf::reacts_to<atom::notify, std::string, std::string, json_value>,
  // Answers its counters.
  caf::replies_to<atom::status>::with<remote_client_status>,
  // A call may have timed out.
  caf::reacts_to<atom::timeout>,
  // A message has come, hopefully a response.
  caf::reacts_to<message_received>,
  // Several messages have come at once.
  caf::reacts_to<message_batch>,
  // Something has come that is no message.
  caf::reacts_to<payload_malformed>,
  // A request could not leave in time.
  caf::reacts_to<payload_unsent>>;

/// Answers calls of its methods through one channel.
using remote_service_actor = caf::typed_actor<
  // Answers its counters.
  caf::replies_to<atom::status>::with<remote_service_status>,
  // A call may have timed out.
  caf::reacts_to<atom::timeout>,
  // A method is done with a call.
  caf::reacts_to<call_settled>,
  // A message has come, hopefully a request or a notification.
  caf::reacts_to<message_received>,
  // Several messages have come at once.
  caf::reacts_to<message_batch>,
  // Something has come that is no message.
  caf::reacts_to<payload_malformed>,
  // A response could not leave in time.
  caf::reacts_to<payload_unsent>>;

/// Routes messages between clients and services.
using router_actor = caf::typed_actor<
  // Answers its addresses and counters.
  caf::replies_to<atom::status>::with<router_status>,
  // Nothing is routed any more.
  caf::reacts_to<router_failed>>;

} // namespace rr
