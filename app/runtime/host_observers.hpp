// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "messages/call/call_head.hpp"
#include "messages/process/process.hpp"
#include "messages/process/stop.hpp"
#include "messages/telemetry/control_view.hpp"

namespace rr {

/// Who hears of what happens in a host, on whatever thread, which none may
/// block. Any may be empty.
struct host_observers {
  /// A step in the life of a process.
  std::function<void(const process_moved&)> moved;
  /// Who drives, and what is received.
  std::function<void(const control_view&)> shown;
  /// A stop, told after all others have heard of it.
  std::function<void(const stop_cord_pulled&)> pulled;
  /// A message that the router has passed on.
  std::function<void(const routed_call&)> routed = {};
};

} // namespace rr
