// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/remote_caller.hpp"

#include <future>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include "actors/support/actor_turn.hpp"
#include "messages/call/outgoing_call.hpp"
#include "messages/call/routing.hpp"
#include "messages/error.hpp"

namespace rr {

remote_caller::remote_caller(const call_relay_actor& relay,
                             caf::timespan timeout)
  : relay_(relay.address()),
    timeout_(timeout) {
}

void remote_caller::call(std::string service, std::string method,
                         arguments args, answer_function on_answer) const {
  give({std::move(service), std::move(method), json(std::move(args)), timeout_,
        std::make_shared<pending_answer>(std::move(on_answer))});
}

caf::expected<json> remote_caller::call_and_wait(std::string service,
                                                 std::string method,
                                                 arguments args) const {
  if (actor_turn::under_way())
    return caf::make_error(ec::system_error,
                           method + " of " + identity_text(service)
                             + ": cannot wait for an answer in what answers at "
                               "once: call it on a worker, or use `call`");
  auto result = std::make_shared<std::promise<caf::expected<json>>>();
  auto answer = result->get_future();
  call(std::move(service), std::move(method), std::move(args),
       [result](caf::expected<json> x) { result->set_value(std::move(x)); });
  return answer.get();
}

void remote_caller::notify(std::string service, std::string method,
                           arguments args) const {
  give({std::move(service), std::move(method), json(std::move(args)), timeout_,
        nullptr});
}

/// What nobody takes any more is answered by its own end.
void remote_caller::give(outgoing_call order) const {
  if (auto relay = caf::actor_cast<call_relay_actor>(relay_))
    caf::anon_send(relay, std::move(order));
}

} // namespace rr
