// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>

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

  /// Whether `call` calls on the calling thread, before it returns.
  bool runs_here() const noexcept;

  void call(std::function<void()> handler) const;

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace rr
