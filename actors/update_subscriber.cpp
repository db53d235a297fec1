// SPDX-License-Identifier: BSD-3-Clause
#include "actors/update_subscriber.hpp"

#include "actors/support/report_errors.hpp"

namespace rr {

update_subscriber_state::update_subscriber_state(pointer self) : self_(self) {
}

update_subscriber_actor::behavior_type
update_subscriber_state::make_behavior(const opener& open,
                                       update_handler handler, event_log log) {
  report_errors(self_, log);
  update_listener listener;
  listener.received = std::move(handler);
  listener.malformed = [limited = std::make_shared<limited_log>(log)](
                         const std::string& source, const std::string& why) {
    limited->warning(limited_log::time_point::clock::now(), "Update ignored",
                     {{"source", source}, {"error", why}});
  };
  if (auto opened = open(std::move(listener)))
    source_ = std::move(*opened);
  else
    self_->quit(opened.error());
  return {[this](atom::status) { return source_->status(); }};
}

update_subscriber_actor::behavior_type update_subscriber(
  update_subscriber_actor::stateful_pointer<update_subscriber_state> self,
  update_subscriber_state::opener open, update_handler handler, event_log log) {
  return self->state.make_behavior(open, std::move(handler), std::move(log));
}

} // namespace rr
