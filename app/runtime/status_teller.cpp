// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/status_teller.hpp"

namespace rr {

status_teller_actor::behavior_type
status_teller(status_teller_actor::pointer self, status_sources whom,
              remote_service_actor broker) {
  return {
    [=](atom::status) -> caf::result<json_value> {
      auto answer = self->make_response_promise<json_value>();
      ask_for_status(self, whom, broker, caf::infinite, runtime_status{},
                     [answer](const runtime_status& all,
                              const caf::error& failed) {
                       auto to = answer;
                       if (failed)
                         to.deliver(failed);
                       else
                         to.deliver(json_value{status_as_json(all)});
                     });
      return answer;
    },
  };
}

} // namespace rr
