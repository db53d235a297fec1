// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include "actors/interfaces.hpp"
#include "messages/call/remote_call.hpp"

namespace rr {

/// Calls methods of services. A small value: copy it freely, use it from any
/// thread. What one thread calls leaves in its order.
class remote_caller {
public:
  /// Of a call, in the order that the method takes.
  using arguments = std::vector<json>;

  /// Hears the result, or an error: `ec::remote_error` (`to_call_error` tells
  /// the remote's own words), `ec::call_timed_out` when no answer came within
  /// `client.timeout` or what `with_timeout` said, `ec::no_answers` over a
  /// publisher, `ec::overloaded` or `ec::system_error` when it could not
  /// be sent, `ec::client_ended` when this program stops before.
  using answer_function = std::function<void(caf::expected<json> answer)>;

  /// For `peer`, which hands one out.
  remote_caller(const call_relay_actor& relay, caf::timespan timeout);

  /// The same caller with another time-out for its calls, above zero.
  remote_caller with_timeout(caf::timespan timeout) const {
    auto result = *this;
    result.timeout_ = timeout;
    return result;
  }

  /// Returns at once. `on_answer` is called exactly once, from a thread of the
  /// actor system: it must not block.
  void call(std::string service, std::string method, arguments args,
            answer_function on_answer) const;

  /// Waits for the answer: for functions that run on a worker, and threads of
  /// one's own. Errors as above, and `ec::system_error` at once from what runs
  /// on an actor's thread: methods that answer at once or later, functions of
  /// `peer::spin`, and `on_answer`.
  caf::expected<json> call_and_wait(std::string service, std::string method,
                                    arguments args = {}) const;

  /// Calls for no answer, and returns at once.
  void notify(std::string service, std::string method,
              arguments args = {}) const;

private:
  void give(outgoing_call order) const;

  caf::actor_addr relay_;
  caf::timespan timeout_;
};

} // namespace rr
