// SPDX-License-Identifier: BSD-3-Clause
#include "actors/update_subscriber.hpp"

#include "actors/support/report_errors.hpp"

namespace rr {

update_subscriber_actor::behavior_type update_subscriber(
  update_subscriber_actor::stateful_pointer<update_subscriber_state> self,
  update_subscriber_state::opener open, update_handler handler, event_log log) {
  report_errors(self, log);
  update_listener listener;
  listener.received = std::move(handler);
  listener.malformed = [limited = std::make_shared<limited_log>(log)](
                         const std::string& source, const std::string& why) {
    limited->warning(limited_log::time_point::clock::now(), "Update ignored",
                     {{"source", source}, {"error", why}});
  };
  if (auto opened = open(std::move(listener)))
    self->state.source = std::move(*opened);
  else
    self->quit(opened.error());
  return {[self](atom::status) { return self->state.source->status(); }};
}

} // namespace rr
