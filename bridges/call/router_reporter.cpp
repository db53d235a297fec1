// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/router_reporter.hpp"

#include <chrono>

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

} // namespace

router_reporter::router_reporter(router_listener listener,
                                 std::shared_ptr<connected_services> services)
  : listener_(std::move(listener)),
    services_(std::move(services)),
    connections_(100, std::chrono::milliseconds{100}) {
}

void router_reporter::connected(router_side side, std::string_view identity,
                                int descriptor) {
  if (services_ && side == router_side::backend)
    services_->met(identity, descriptor);
  auto suppressed = connections_.pass(clock::now());
  if (suppressed && listener_.connected)
    listener_.connected({side, identity_text(identity), *suppressed});
}

void router_reporter::dropped(router_side side, drop_cause cause,
                              std::string_view sender,
                              std::string_view recipient) {
  if (services_ && side == router_side::frontend
      && cause == drop_cause::no_such_peer)
    services_->missed(sender, recipient);
  auto suppressed = drops_[static_cast<size_t>(cause)].pass(clock::now());
  if (suppressed && listener_.dropped)
    listener_.dropped({side, cause, identity_text(sender),
                       identity_text(recipient), *suppressed});
}

void router_reporter::failed(caf::error reason) {
  if (listener_.failed)
    listener_.failed({std::move(reason)});
}

} // namespace rr
