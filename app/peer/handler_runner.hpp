// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "app/peer/executor.hpp"
#include "app/peer/peer_resource.hpp"
#include "bridges/log/event_log.hpp"

namespace rr {

/// Calls a handler where it is to run, and ends its resource with the handler's
/// exception. What the executor has no room for is counted, and told once a
/// second at most (`Handler fell behind`). A small value, for any thread.
class handler_runner {
public:
  /// @param name of the resource, for people.
  handler_runner(std::string name, executor where, peer_resource resource,
                 event_log log);

  /// The handler as its resource is to call it: where nothing runs elsewhere,
  /// its arguments are not copied.
  template <class... Ts>
  std::function<void(Ts...)> around(std::function<void(Ts...)> handler) const {
    return [runner = *this, handler = std::move(handler)](Ts... xs) {
      if (runner.runs_here()) {
        auto job = [&] { handler(xs...); };
        runner.call(std::ref(job));
      } else {
        runner.call([=] { handler(xs...); });
      }
    };
  }

  /// Whether `call` calls on the calling thread, before it returns.
  bool runs_here() const noexcept;

  void call(std::function<void()> handler) const;

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace rr
